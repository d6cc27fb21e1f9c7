/** The results of a step: figures and short texts by name. */
export type Figures = Readonly<Record<string, string | number>>

/** A step of the demo, with its expected figures. */
export interface Step {
  readonly name: string
  /** Runs the step and resolves to the measured figures. */
  run(): Promise<Figures>
  /** Returns the figures that must result. It is called after `run()`. Figures that are not in it are only printed. */
  expected(): Figures
}

interface Report {
  readonly line: (text: string) => void
  readonly error: (text: string) => void
}

/**
 * Runs the steps one after another and prints a line for each. Stops at the first step that fails or has other figures
 * than expected. Resolves to whether all steps went as expected.
 */
export async function runSteps(steps: readonly Step[], report: Report): Promise<boolean> {
  for (const [index, step] of steps.entries()) {
    const title = `${String(index + 1).padStart(2)}. ${step.name}`
    const startedAt = performance.now()
    try {
      const figures = await step.run()
      const differences = differencesOf(figures, step.expected())
      if (differences.length > 0) {
        report.error(`${title}: not as expected: ${differences.join('; ')}`)
        return false
      }
      report.line(`${title}: ${textOf(figures)} (${Math.round(performance.now() - startedAt)} ms)`)
    } catch (error) {
      report.error(`${title}: failed: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }
  return true
}

function differencesOf(figures: Figures, expected: Figures): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => figures[name] !== value)
    .map(([name, value]) => `${name} should be ${value}, but is ${figures[name] ?? 'missing'}`)
}

function textOf(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
