import { loadConfigOrExit } from '../config/config.ts'
import { readOwnClaims } from '../config/ownClaims.ts'
import { area, declaredClaims, ownArea } from './support/claim.ts'
import { describeMistakes, ownNeeds, ownParts, ownProbe, takenIds } from './support/ownClaims.ts'
import { exitWith } from '../lib/exit.ts'

// The need `overlay` is left out: a single refused object would hide what the claims say about the others.
const testClaim = area(ownArea, [])

// Every program with claims loads this spec first, so it reports wrong settings and overlays.
const { overlay } = loadConfigOrExit(process.env, { allowContext: true })
const claims = overlay?.claims ? readOwnClaims(overlay.claims) : []
// The checklist loads this spec after all others.
const taken = takenIds(
  claims,
  declaredClaims.map(({ id }) => id),
)
if (taken.length > 0) exitWith(describeMistakes(taken))

for (const claim of claims) {
  const { id, sentence, limit, file, line, dql } = claim
  const within = dql ? 'logs' : 'query'
  const [needs, parts] = [ownNeeds(claim), ownParts(claim)]
  testClaim(id, sentence, { needs, parts, within, limit, from: { file, line } }, ownProbe(claim))
}
