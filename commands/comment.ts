import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitWith } from '../lib/exit.ts'
import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { outFolder } from '../lib/steps.ts'
import { commentBody, commentRequest, type Comment } from '../upgrade/comment.ts'
import { upgradeFiles } from '../upgrade/report.ts'

const usage = `usage: npm run comment -- PULL_REQUEST COMMIT, on GitHub Actions, with GH_TOKEN, after npm run upgrade
writes ${upgradeFiles.markdown} as a comment on the pull request, or updates the comment that it wrote before`

const [pullRequest = '', commit, ...others] = process.argv.slice(2)
const { GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: server, GITHUB_RUN_ID: runId } = process.env
if (!/^\d+$/.test(pullRequest) || !commit || others.length > 0 || !repository || !server || !runId) {
  exitWith(usage)
}

const gh = async (...args: readonly string[]) =>
  (await run('gh', ['api', ...args], { within: 60_000 })).stdout

try {
  const report = await readFile(upgradeFiles.markdown, 'utf8')
  const file = join(outFolder, 'comment.md')
  await writeFile(file, commentBody(report, commit, `${server}/${repository}/actions/runs/${runId}`))
  const path = `repos/${repository}/issues/${pullRequest}/comments?per_page=100`
  const lines = await gh(path, '--paginate', '--jq', '.[] | {id, author: .user.login, body}')
  const comments = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Comment)
  const request = commentRequest(repository, Number(pullRequest), comments)
  const url = await gh('--method', request.method, request.path, '-F', `body=@${file}`, '--jq', '.html_url')
  console.log(url.trim())
} catch (error) {
  const message = messageOf(error)
  // The token of a run for a fork or for Dependabot is read-only.
  const isReadOnly = message.includes('Resource not accessible')
  console.error(
    isReadOnly
      ? 'no comment written: the token of this run is read-only, as on pull requests from forks; read the report in the job summary'
      : message,
  )
  process.exitCode = isReadOnly ? 0 : 1
}
