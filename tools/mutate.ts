/**
 * Changes the code of a package, one small fault at a time, and reports the faults that no test notices:
 * `pnpm mutate <package> [folder …]`, such as `pnpm mutate core machine protocol`. Minutes to hours: one run of the tests that
 * reach a fault, for each of them. The report is `reports/mutation/<package>.html`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'

const [name, ...folders] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'packages', name ?? '')
const missing = [folder, ...folders.map((one) => join(folder, 'src', one))].filter(
  (path) => !existsSync(path),
)
if (name === undefined || missing.length > 0) {
  console.error('Say which package, and which folders of its sources: pnpm mutate core machine protocol')
  for (const path of missing) console.error(`There is no ${path}`)
  process.exit(1)
}
process.chdir(folder)
// The model check takes minutes for each fault; its own mutants show what it finds.
process.env['TEST_SIZE'] = 'fast'
const results = await new Stryker({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  mutate: folders.length === 0 ? ['src/**/*.ts'] : folders.map((one) => `src/${one}/**/*.ts`),
  // Texts are for people: the tests of documents and pages hold those that matter.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  inPlace: true,
  concurrency: 2,
  reporters: ['clear-text', 'html', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: true },
  htmlReporter: { fileName: join(root, 'reports', 'mutation', `${name}.html`) },
  tempDirName: join(root, 'node_modules', '.stryker'),
  checkers: [],
  allowEmpty: false,
}).runMutationTest()
const killed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
const counted = results.filter(
  ({ status }) => !['Ignored', 'CompileError', 'RuntimeError'].includes(status),
).length
console.log(
  `${name} ${folders.join(' ')}: ${killed} of ${counted} faults noticed, ${((100 * killed) / counted).toFixed(1)} %`,
)
