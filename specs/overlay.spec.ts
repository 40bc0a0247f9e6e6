import { loadConfig } from '../config/config.ts'
import { readOwnClaims } from '../config/ownClaims.ts'
import { area, declaredClaims, ownArea } from './support/claim.ts'
import { describeMistakes, ownNeeds, ownProbe, takenIds } from './support/ownClaims.ts'

// The need `overlay` is left out: a single refused object would hide what the claims say about the others.
const testClaim = area(ownArea, [])

const { overlay } = loadConfig(process.env)
const { claims, problems } = overlay?.claims ? readOwnClaims(overlay.claims) : { claims: [], problems: [] }
// The checklist loads this spec after all others.
const taken = takenIds(
  claims,
  declaredClaims.map(({ id }) => id),
)
const mistakes = [...problems, ...taken]
if (mistakes.length > 0) {
  console.error(describeMistakes(mistakes))
  process.exit(2)
}

for (const claim of claims) {
  const { id, sentence, limit, file, line, dql } = claim
  const within = dql ? 'logs' : 'query'
  testClaim(id, sentence, { needs: ownNeeds(claim), within, limit, from: { file, line } }, ownProbe(claim))
}
