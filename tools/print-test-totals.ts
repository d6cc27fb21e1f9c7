/** Adds up the test reports of all packages and prints one line: `N passed, N failed, N skipped`. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = globSync('{packages,apps}/{*,*/test/*}/artifacts/test-results.json', { cwd: root }).map(
  (path) => JSON.parse(readFileSync(`${root}/${path}`, 'utf8')) as Report,
)
const total = (count: (report: Report) => number) => reports.reduce((sum, report) => sum + count(report), 0)

console.log(
  `${total((report) => report.numPassedTests)} passed, ` +
    `${total((report) => report.numFailedTests)} failed, ` +
    `${total((report) => report.numPendingTests)} skipped`,
)
