/** What a step came to, in figures and short texts, each under its name. */
export type Figures = Readonly<Record<string, string | number>>

/** One thing that is done, and what is stated of it. */
export interface Step {
  readonly name: string
  /** Does it. What it says of itself must be what happened. */
  run(): Promise<Figures>
  /** What must come of it. Asked for after `run`. Figures that are not stated are only shown. */
  stated(): Figures
}

interface Report {
  readonly line: (text: string) => void
  readonly trouble: (text: string) => void
}

/** Takes the steps one after another, a line for each, up to the first that is not as stated. Resolves to whether all were. */
export async function runSteps(steps: readonly Step[], report: Report): Promise<boolean> {
  for (const [index, step] of steps.entries()) {
    const title = `${String(index + 1).padStart(2)}. ${step.name}`
    const startedAt = performance.now()
    try {
      const figures = await step.run()
      const differences = differencesOf(figures, step.stated())
      if (differences.length > 0) {
        report.trouble(`${title}: not as stated: ${differences.join('; ')}`)
        return false
      }
      report.line(`${title}: ${spoken(figures)} (${Math.round(performance.now() - startedAt)} ms)`)
    } catch (error) {
      report.trouble(`${title}: failed: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }
  return true
}

function differencesOf(figures: Figures, stated: Figures): string[] {
  return Object.entries(stated)
    .filter(([name, value]) => figures[name] !== value)
    .map(([name, value]) => `${name} should be ${value}, but is ${figures[name] ?? 'missing'}`)
}

function spoken(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
