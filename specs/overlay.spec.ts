import { loadConfigOrExit } from '../config/config.ts'
import { readOwnClaims } from '../config/ownClaims.ts'
import { area, declaredClaims, ownArea } from './support/claim.ts'
import { describeMistakes, ownNeeds, ownParts, ownProbe, takenIds } from './support/ownClaims.ts'

// Not the overlay: one refused object of it would hide what the claims have to say.
const testClaim = area(ownArea, [])

// Every program that has claims loads this spec first, so it is here that wrong settings and overlays are reported.
const { overlay } = loadConfigOrExit(process.env, true)
const claims = overlay?.claims ? readOwnClaims(overlay.claims) : []
// The checklist loads this spec after all others.
const taken = takenIds(
  claims,
  declaredClaims.map(({ id }) => id),
)
if (taken.length > 0) {
  console.error(describeMistakes(taken))
  process.exit(2)
}

for (const claim of claims) {
  const { id, sentence, limit, file, line, dql } = claim
  const needs = { needs: ownNeeds(claim), parts: ownParts(claim) }
  const within = dql ? 'logs' : 'query'
  testClaim(id, sentence, { ...needs, within, limit, from: { file, line } }, ownProbe(claim))
}
