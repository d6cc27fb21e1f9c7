/** What a check has found. */
export interface Finding {
  /** `warning`: it works, and should be put right. `skipped`: it could not be looked at, or need not be. */
  readonly status: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What is so. Never holds a secret. */
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
  /** Undefined: it needs the client, which could not be made. */
  readonly run: (() => Promise<readonly Finding[]>) | undefined
}

/** How long a request of a check may take, in milliseconds. */
export const requestMs = 10_000
