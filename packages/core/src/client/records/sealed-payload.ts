import * as v from 'valibot'
import type { Sealer } from './sealer.ts'

/** Why a sealed payload cannot be opened. */
export type PayloadProblem = 'unknown_key' | 'unreadable' | 'unknown_format'

export type OpenedPayload<T> =
  | { readonly ok: true; readonly payload: T; readonly isCurrentKey: boolean }
  | { readonly ok: false; readonly problem: PayloadProblem }

const formatted = v.looseObject({ format: v.number() })

/**
 * Seals and opens payloads of one kind. Each carries a format number and is checked against its schema when it is
 * opened. A payload of another format is refused.
 */
export class SealedPayloads<T extends object, Sealed extends object = T> {
  readonly #sealer: Sealer
  readonly #format: number
  readonly #schema: v.GenericSchema<unknown, T>

  constructor(sealer: Sealer, format: number, schema: v.GenericSchema<unknown, T>) {
    this.#sealer = sealer
    this.#format = format
    this.#schema = schema
  }

  /** Returns the sealed payload. It opens only under the same name. */
  seal(name: string, payload: Sealed): Promise<string> {
    return this.#sealer.seal(name, { format: this.#format, ...payload })
  }

  /**
   * Opens a payload that was sealed under this name. Returns the problem if it cannot; does not throw for any input.
   */
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
