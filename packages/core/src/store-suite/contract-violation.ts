import type { StoredRecord } from '../store/store.ts'

/** A store did something that the contract of `TokenStore` forbids. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation'
  /** The rule that was broken. */
  readonly rule: string

  constructor(rule: string, expected: string, found: string) {
    super(`${rule}\n  expected: ${expected}\n  found:    ${found}`)
    this.rule = rule
  }
}

/** @throws {ContractViolation} unless both are the same text, number, truth value or list of these */
export function expectSame(found: unknown, expected: unknown, rule: string): void {
  if (inWords(found) !== inWords(expected)) throw new ContractViolation(rule, shown(expected), shown(found))
}

/** @throws {ContractViolation} unless the record has the very version, value, `dueAt` and `attention`; further fields do not matter */
export function expectRecord(
  found: StoredRecord | undefined,
  expected: StoredRecord | undefined,
  rule: string,
): void {
  expectSame(found && essence(found), expected && essence(expected), rule)
}

/** @throws {ContractViolation} unless both lists have the same members, in whatever order, each once */
export function expectMembers(found: readonly string[], expected: readonly string[], rule: string): void {
  expectSame([...found].sort(), [...expected].sort(), rule)
}

function essence({ version, value, dueAt, attention }: StoredRecord): unknown[] {
  return [version, value, dueAt, attention === true]
}

const longestShown = 400

function shown(value: unknown): string {
  const text = inWords(value)
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}… (${text.length} characters)`
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
