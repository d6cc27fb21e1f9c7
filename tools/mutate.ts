/**
 * Changes the code of a package, one small fault at a time, and reports the faults that no test notices:
 * `pnpm mutate <package> [folder or file …]`, such as `pnpm mutate core machine client/installation.ts`. Minutes to hours. The
 * tests of the same folders judge first, as they are fast. What they let pass is tried again with the other tests of the package,
 * those that take seconds last.
 */
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'

type Faults = Awaited<ReturnType<Stryker['runMutationTest']>>
type Fault = Faults[number]

const [name, ...places] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
const home = join(root, 'packages', name ?? '')
const missing = [home, ...places.map((one) => join(home, 'src', one))].filter((path) => !existsSync(path))
if (name === undefined || missing.length > 0) {
  console.error(
    'Say which package, and which folders or files of its sources: pnpm mutate core machine client/installation.ts',
  )
  for (const path of missing) console.error(`There is no ${path}`)
  process.exit(1)
}
process.chdir(home)
// The model check takes minutes for each fault; its own mutants show what it finds. Stores are nothing without their servers, and
// a login is nothing without its listener.
const sizes: Readonly<Record<string, string>> = { redis: 'usual', sql: 'usual', desktop: 'portable' }
process.env['TEST_SIZE'] ??= sizes[name] ?? 'fast'

// What runs in other processes meets no fault there, so these tests could notice none.
const tests = globSync('test/**/*.test.ts').filter((one) => !/^test.process(es)?\W/.test(one))
// A fault that nothing notices runs through all tests that reach it.
const slowTests = globSync([
  'test/flow/{clock-skew,keep-alive,keep-alive-once,named-installation,outage,set-back-waits,store-away,unsaved-token}.test.ts',
  'test/machine/{laws,pace}.test.ts',
  'test/machine/model/**/*.test.ts',
  'test/store/*.test.ts',
  'test/client/records/store-check.test.ts',
  'test/web/{cookie-size,hostile-addresses,one-code}.test.ts',
])
const quickTests = tests.filter((one) => !slowTests.includes(one))
const folders = places.map((one) => (one.endsWith('.ts') ? dirname(one) : one))
const ownTests = quickTests.filter((test) =>
  folders.some((one) => one !== '.' && test.startsWith(`${join('test', one)}/`)),
)
const first = await judged(
  places.length === 0
    ? ['src/**/*.ts']
    : places.map((one) => (one.endsWith('.ts') ? `src/${one}` : `src/${one}/**/*.ts`)),
  ownTests.length === 0 ? tests : ownTests,
)
let unnoticed = first.filter(isUnnoticed)
if (ownTests.length > 0)
  for (const others of [quickTests, slowTests])
    if (unnoticed.length > 0 && others.length > 0) unnoticed = await noticedByNone(unnoticed, others)

for (const fault of unnoticed.toSorted((a, b) =>
  rangeOf(a).localeCompare(rangeOf(b), 'en', { numeric: true }),
))
  console.log(`${rangeOf(fault)} ${fault.mutatorName}: ${fault.replacement?.replaceAll(/\s+/g, ' ')}`)
const counted = first.filter(
  ({ status }) => !['Ignored', 'CompileError', 'RuntimeError'].includes(status),
).length
const noticed = counted - unnoticed.length
console.log(
  `${name} ${places.join(' ')}: ${noticed} of ${counted} faults noticed, ${((100 * noticed) / counted).toFixed(1)} %`,
)

async function noticedByNone(faults: Faults, tests: string[]): Promise<Faults> {
  const again = await judged([...new Set(faults.map(patternOf))], tests)
  const fates = new Map(again.map((fault) => [identityOf(fault), fault]))
  const missing = faults.filter((fault) => !fates.has(identityOf(fault)))
  if (missing.length > 0) throw new Error(`Not tried again: ${missing.map(identityOf).join(', ')}`)
  return faults.filter((fault) => isUnnoticed(fates.get(identityOf(fault))!))
}

/** Names the place of a fault as Stryker's option `mutate` wants it, whose columns begin at 0. */
function patternOf({ fileName, location: { start, end } }: Fault): string {
  return `${fileName}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`
}

async function judged(mutate: string[], testFiles: string[]): Promise<Faults> {
  return new Stryker({
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    // Processes: a thread cannot change its time zone, as a test does.
    vitest: { pool: 'forks' },
    mutate,
    testFiles,
    // Texts are for people: the tests of documents and pages hold those that matter.
    mutator: { excludedMutations: ['StringLiteral'] },
    ignoreStatic: true,
    inPlace: true,
    concurrency: 2,
    // A fault that ends in an endless loop counts as noticed. A busy machine must not pass for one.
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 30,
    reporters: ['progress-append-only'],
    tempDirName: join(root, 'node_modules', '.stryker'),
    checkers: [],
    allowEmpty: false,
  }).runMutationTest()
}

function isUnnoticed({ status }: Fault): boolean {
  return status === 'Survived' || status === 'NoCoverage'
}

function identityOf(fault: Fault): string {
  return `${rangeOf(fault)} ${fault.mutatorName} ${fault.replacement}`
}

function rangeOf({ fileName, location: { start, end } }: Fault): string {
  return `${fileName}:${start.line}:${start.column}-${end.line}:${end.column}`
}
