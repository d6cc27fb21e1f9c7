import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

interface Progress {
  readonly file: string
  at: number
  readonly running: Set<string>
}

/**
 * Ends a run in which a test file blocks its process, and names the tests that it was running. A test in an endless loop of
 * microtasks never reaches its own time-out. `silenceMs`: how long a file may report nothing, in milliseconds.
 */
export function hangReporter(silenceMs: number): Reporter {
  const files = new Map<TestModule['id'], Progress>()
  let vitest: Vitest | undefined
  let timer: NodeJS.Timeout | undefined

  /** A file that has ended is no longer there: some results come after its end. */
  const hear = ({ id }: TestModule): Progress | undefined => {
    const progress = files.get(id)
    if (progress !== undefined) progress.at = Date.now()
    return progress
  }
  const check = () => {
    const silent = [...files.values()].filter(({ at }) => Date.now() - at > silenceMs)
    if (silent.length === 0) return
    clearInterval(timer)
    for (const { file, running } of silent)
      console.error(
        `\n FAIL  ${file} hangs. It reported nothing for ${silenceMs} ms, while it ran:\n  ${[...running].join('\n  ')}`,
      )
    process.exitCode = 1
    void vitest?.exit(true)
  }

  return {
    onInit: (of) => void (vitest = of),
    onTestRunStart: () => {
      files.clear()
      timer = setInterval(check, 1_000).unref()
    },
    onTestModuleStart: ({ id, relativeModuleId: file }) =>
      void files.set(id, { file, at: Date.now(), running: new Set() }),
    onTestCaseReady: (test: TestCase) => void hear(test.module)?.running.add(test.fullName),
    onTestCaseResult: (test: TestCase) => void hear(test.module)?.running.delete(test.fullName),
    onTestModuleEnd: ({ id }) => void files.delete(id),
    onTestRunEnd: () => clearInterval(timer),
  }
}
