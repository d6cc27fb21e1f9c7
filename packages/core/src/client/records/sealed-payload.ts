import * as v from 'valibot'
import type { Sealer } from './sealer.ts'

/** Why a sealed payload cannot be used. */
export type PayloadProblem = 'unknown_key' | 'unreadable' | 'unknown_format'

export type OpenedPayload<T> =
  | { readonly ok: true; readonly payload: T; readonly isCurrentKey: boolean }
  | { readonly ok: false; readonly problem: PayloadProblem }

const formatted = v.looseObject({ format: v.number() })

/**
 * Seals and opens payloads of one kind: each carries a format number, and is checked against its schema when it is
 * opened. A payload of another format is refused, never guessed at.
 */
export class SealedPayloads<T extends object> {
  readonly #sealer: Sealer
  readonly #format: number
  readonly #schema: v.GenericSchema<unknown, T>

  constructor(sealer: Sealer, format: number, schema: v.GenericSchema<unknown, T>) {
    this.#sealer = sealer
    this.#format = format
    this.#schema = schema
  }

  /** Seals a payload under a name. It opens under that name only. */
  seal(name: string, payload: T): Promise<string> {
    return this.#sealer.seal(name, { format: this.#format, ...payload })
  }

  /** Opens what was sealed under this name. Never throws for what it is given. */
  async open(name: string, sealed: string): Promise<OpenedPayload<T>> {
    const opened = await this.#sealer.open(name, sealed)
    if (!opened.ok) return opened
    const outer = v.safeParse(formatted, opened.payload)
    if (!outer.success) return { ok: false, problem: 'unreadable' }
    const { format, ...inner } = outer.output
    if (format !== this.#format) return { ok: false, problem: 'unknown_format' }
    const parsed = v.safeParse(this.#schema, inner)
    if (!parsed.success) return { ok: false, problem: 'unreadable' }
    return { ok: true, payload: parsed.output, isCurrentKey: opened.isCurrentKey }
  }
}
