import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/** How many tests of a run ended how, and how long their files took in all, in milliseconds. */
export interface Totals {
  passed: number
  failed: number
  skipped: number
  /** Left out by `-t`: not counted as skipped. */
  notSelected: number
  tookMs: number
}

const longest = 10

/**
 * Prints what each package's tests took and which files took longest, and last a line of the form
 * `N passed, N failed, N skipped`. Writes that line to `artifacts/test-totals.txt` as well, where `.ci/run` finds it.
 */
export class TotalsReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const { config } = this.#vitest!
    const counted = modules.map((module) => [module, totalsOf(module, config.testNamePattern)] as const)
    const ran = counted.filter(([, { passed, failed, skipped }]) => passed + failed + skipped > 0)
    const byProject = Map.groupBy(ran, ([{ project }]) => project.name)
    const packages = [...byProject].map(
      ([name, files]) => [name, sum(files.map(([, totals]) => totals))] as const,
    )
    const slowest = (rows: readonly (readonly [string, Totals])[]) =>
      rows.toSorted(([, left], [, right]) => right.tookMs - left.tookMs)

    if (packages.length > 0) print('By package, the longest first', slowest(packages))
    const files = ran.map(([{ moduleId }, totals]) => [relative(config.root, moduleId), totals] as const)
    if (files.length > 1) print('The longest files', slowest(files).slice(0, longest))

    const all = sum(counted.map(([, totals]) => totals))
    // An error outside a test fails the run, so it must not look like a good one here.
    all.failed += errors.length
    if (all.notSelected > 0) console.log(`\n${all.notSelected} tests have other names`)
    const line = totalsLine(all)
    console.log(`\n${line}`)
    const folder = join(config.root, 'artifacts')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'test-totals.txt'), `${line}\n`)
  }
}

function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function print(title: string, rows: readonly (readonly [string, Totals])[]): void {
  const lines = rows.map(([name, totals]) => {
    const outcome = totalsLine(totals).replace(/, 0 (failed|skipped)/g, '')
    return `${(totals.tookMs / 1000).toFixed(1).padStart(7)} s  ${name}: ${outcome}`
  })
  console.log([`\n${title}`, ...lines].join('\n'))
}

function totalsOf(module: TestModule, pattern: RegExp | undefined): Totals {
  const { collectDuration, setupDuration, duration } = module.diagnostic()
  const totals: Totals = { ...none, tookMs: collectDuration + setupDuration + duration }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed' || state === 'failed') totals[state]++
    else if (pattern !== undefined && !pattern.test(test.fullName)) totals.notSelected++
    else totals.skipped++
  }
  // A file that could not be loaded, or whose hook failed.
  if (module.state() === 'failed' && totals.failed === 0) totals.failed++
  return totals
}

const none: Totals = { passed: 0, failed: 0, skipped: 0, notSelected: 0, tookMs: 0 }

function sum(all: readonly Totals[]): Totals {
  return all.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
      notSelected: left.notSelected + right.notSelected,
      tookMs: left.tookMs + right.tookMs,
    }),
    { ...none },
  )
}
