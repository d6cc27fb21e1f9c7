/** A finding of a check. */
export interface Finding {
  /** `warning`: it works, but should be fixed. `skipped`: it could not be checked, or needs no check. */
  readonly status: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What the check found. Never holds a secret. */
  readonly found: string
  /** What to do about it. */
  readonly fix?: string
}

export const ok = (found: string): Finding => ({ status: 'ok', found })
export const warning = (found: string, fix: string): Finding => ({ status: 'warning', found, fix })
export const problem = (found: string, fix: string): Finding => ({ status: 'problem', found, fix })
export const skipped = (found: string): Finding => ({ status: 'skipped', found })

export interface Check {
  readonly name: string
  /** Runs the check. Undefined if the check needs the client, and the client could not be created. */
  readonly run: (() => Promise<readonly Finding[]>) | undefined
}

/** The time limit of a check's request, in milliseconds. */
export const requestMs = 10_000
