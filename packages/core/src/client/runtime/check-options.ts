import { isText, problemsOf, unknownNames, type Check } from '../../machine/problems.ts'
import { ConfigurationError, InvalidArgumentError } from '../../errors.ts'

/** Whether a value that is given can be used, and what it must be. */
export type Rule = readonly [isUsable: (value: unknown) => boolean, mustBe: string]

/** A rule for each option of a call. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule }

/**
 * Checks the options of a call. `more`: further checks, which are made only if `options` is an object.
 * @throws {InvalidArgumentError} `invalid_argument`; it names every unknown option and every wrong value
 */
export function checkOptions<Options extends object>(
  call: string,
  options: Options,
  rules: Rules<Options>,
  more: () => readonly Check[] = () => [],
): void {
  const error = wrongOptions(call, options, rules, more)
  if (error !== undefined) throw error
}

/** Returns what `checkOptions` throws, for a function that returns its errors in a promise. */
export function wrongOptions<Options extends object>(
  call: string,
  options: Options,
  rules: Rules<Options>,
  more: () => readonly Check[] = () => [],
): InvalidArgumentError | undefined {
  const problems = problemsIn(options, rules, more)
  return problems.length === 0 ? undefined : new InvalidArgumentError(call, problems)
}

/**
 * Checks options that an application is put together with. `call`: the function that gets them.
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
 */
export function checkSetup<Options extends object>(
  call: string,
  options: Options,
  rules: Rules<Options>,
): void {
  const problems = problemsIn(options, rules, () => [])
  if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `${call}: ${problem}`))
}

function problemsIn<Options extends object>(
  options: Options,
  rules: Rules<Options>,
  more: () => readonly Check[],
): readonly string[] {
  return isObject(options)
    ? [...problemsOf(...wrongOf(options, rules), ...more()), ...unknownNames(options, rules)]
    : ['the options must be an object']
}

/**
 * Checks one argument of a call: `name` is that of the argument.
 * @throws {InvalidArgumentError} `invalid_argument`
 */
export function checkArgument(call: string, name: string, value: unknown, [isUsable, mustBe]: Rule): void {
  if (!isUsable(value)) throw new InvalidArgumentError(call, [`${name} must be ${mustBe}`])
}

/** Returns a check for each option that is given and has a rule. */
export function wrongOf(options: object, rules: { readonly [name: string]: Rule }): Check[] {
  return Object.entries(rules).map(([name, [isUsable, mustBe]]) => {
    const value: unknown = Reflect.get(options, name)
    return [value !== undefined && !isUsable(value), `${name} must be ${mustBe}`]
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Returns whether a value is a whole number of at least 1, as the ids of Pipedrive are. */
export function isPositiveWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string' && text.trim() !== '')
}

/** A share from 0 to 1. */
export const aShare: Rule = [
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
  'a share between 0 and 1',
]
/** True or false. */
export const yesOrNo: Rule = [(value) => typeof value === 'boolean', 'true or false']
export const aText: Rule = [isText, 'a text that is not blank']
export const aFunction: Rule = [(value) => typeof value === 'function', 'a function']
/** An `AbortSignal`, also of another realm. */
export const aSignal: Rule = [
  (value) => typeof (value as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
  'an AbortSignal',
]
/** A duration in milliseconds, of more than 0. */
export const aDuration: Rule = [
  (value) => Number.isFinite(value) && Number(value) > 0,
  'a number of milliseconds, more than 0',
]
export const aCount: Rule = [isPositiveWhole, 'a whole number of at least 1']
/** The most tasks at the same time. Each is a loop of its own, so that there must not be millions. */
export const aConcurrency: Rule = [
  (value) => isPositiveWhole(value) && value <= 1_000,
  'a whole number from 1 to 1 000',
]
export const scopeNames: Rule = [isListOfTexts, 'an array of scope names']
export const jwtSecrets: Rule = [
  (value) => isListOfTexts(value) && (value as unknown[]).length > 0,
  'an array of at least one JWT secret',
]
export const aRequest: Rule = [
  (value) => typeof (value as Partial<Request> | null)?.headers?.get === 'function',
  'a Request of the web, as in `new Request(…)`; adapters make one from the request of a framework',
]
