import { inspect } from 'node:util'

/** Everything that came out of the library, as text, and the secrets that must not be in it. */
export interface OutputCollector {
  /** Keeps what a log, a debugger or an error tracker would show of a value. */
  see(value: unknown): void
  /** Registers texts that must never be shown. Short strings do not count. */
  secret(...values: (string | undefined)[]): void
  /** Returns the text around each secret that was shown, without the secret itself. */
  leaks(): string[]
  readonly seen: number
}

export function outputCollector(): OutputCollector {
  const texts: string[] = []
  const secrets = new Set<string>()

  const see = (value: unknown, depth = 0): void => {
    if (typeof value === 'string') return void texts.push(value)
    texts.push(
      String(value),
      inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: false }),
    )
    try {
      texts.push(JSON.stringify(value) ?? '')
    } catch {
      // A value without a JSON form shows nothing in it.
    }
    if (!(value instanceof Error) || depth > 5) return
    texts.push(value.message, value.stack ?? '', value.name)
    for (const name of Object.getOwnPropertyNames(value)) see(Reflect.get(value, name), depth + 1)
    see(value.cause, depth + 1)
  }

  return {
    see: (value) => see(value),
    secret(...values) {
      for (const value of values) {
        if (value === undefined || value.length < 8) continue
        for (const form of [value, encodeURIComponent(value), btoa(value), base64urlOf(value)])
          secrets.add(form)
      }
    },
    leaks: () =>
      texts.flatMap((text) =>
        [...secrets].flatMap((secret) => {
          const at = text.indexOf(secret)
          return at < 0 ? [] : [`${text.slice(Math.max(0, at - 60), at)}[${secret.length} characters]`]
        }),
      ),
    get seen() {
      return texts.length
    },
  }
}

/** The middle of a text in base64url; its ends depend on what is around it. */
function base64urlOf(text: string): string {
  return Buffer.from(text).toString('base64url').slice(0, -2)
}
