import type { InstallationEffect } from '../../../../packages/core/src/machine/installation/effect.ts'
import type { InstallationState } from '../../../../packages/core/src/machine/installation/state.ts'

/** Returns an effect as a sentence. */
export function effectText(effect: InstallationEffect, now: number): string {
  switch (effect.type) {
    case 'deliver':
      return `hand ${effect.accessToken} to the caller`
    case 'refresh':
      return `send ${effect.tokens.refreshToken} to Pipedrive, as ${effect.lease.holder}`
    case 'wait':
      return `let the caller wait, at most ${duration(effect.until - now)}`
    case 'fail':
      return `tell the caller: ${effect.code}`
    case 'verify':
      return 'ask Pipedrive which grant has ended'
    case 'pass_by':
      return `leave it alone: ${effect.reason}`
    case 'hold_up':
      return 'send Pipedrive nothing that can wait'
    case 'notify':
      return `event ${effect.change.type}`
  }
}

/** One field of the record. */
export interface Field {
  readonly name: string
  readonly value: string
  readonly hasChanged: boolean
}

/** Returns the fields of a record, and which of them the last event changed. */
export function fieldsOf(
  record: InstallationState | undefined,
  before: InstallationState | undefined,
  now: number,
): Field[] {
  const earlier = new Map(flat(before, now).map(([name, , raw]) => [name, raw]))
  return flat(record, now).map(([name, value, raw]) => ({
    name,
    value,
    hasChanged: earlier.get(name) !== raw,
  }))
}

/** The history has a table of its own in `pd-oauth explain`. */
const left: ReadonlySet<string> = new Set(['history'])

function flat(
  value: object | undefined,
  now: number,
  prefix = '',
): [name: string, value: string, raw: string][] {
  return Object.entries(value ?? {}).flatMap(([key, entry]: [string, unknown]) => {
    if (left.has(key)) return []
    const name = prefix + key
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry))
      return flat(entry, now, `${name}.`)
    return [[name, textOf(key, entry, now), String(entry)] as [string, string, string]]
  })
}

function textOf(key: string, value: unknown, now: number): string {
  const isInstant = typeof value === 'number' && (key.endsWith('At') || key === 'until')
  return isInstant ? relative(value - now) : Array.isArray(value) ? value.join(', ') : String(value)
}

function relative(ms: number): string {
  if (ms === 0) return 'now'
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`
}

function duration(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  const parts: string[] = []
  let rest = ms
  for (const [size, name] of units) {
    const count = Math.floor(rest / size)
    if (count > 0 && parts.length < 2) parts.push(`${count} ${name}`)
    rest -= count * size
  }
  return parts.join(' ') || '0 s'
}
