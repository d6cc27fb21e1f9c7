import { problemsOf } from '../../machine/problems.ts'
import { hasInvisible } from '../../protocol/has-invisible.ts'

const shortestSecret = 32
const fewestCharacters = 10

/** Phrases of examples, this library's own among them. A secret that has one can be guessed. */
const examples = /random characters|from the developer hub|your[-_ ]?secret|change[-_ ]?me|outside the code/i

/** Says so if an option has no value, as where it comes from an environment variable that is not set. */
export function unset(value: unknown): string {
  const isEmpty = value === '' || (Array.isArray(value) && value.length === 1 && value[0] === '')
  if (value !== undefined && !isEmpty) return ''
  return ` (${isEmpty ? 'empty' : 'undefined'}: is the environment variable set?)`
}

/**
 * Returns a sentence for everything that is wrong with the sealing secrets, white space around them aside. Repeats none of
 * them.
 */
export function secretProblems(secrets: unknown, clientSecrets: readonly string[]): string[] {
  if (!isListOfSecrets(secrets))
    return [
      `secrets must be an array of at least one random string of ${shortestSecret} characters or more, the newest first${unset(secrets)}`,
    ]
  return problemsOf(
    [
      secrets.some(hasInvisible),
      'secrets must not contain line breaks, control characters or other invisible characters',
    ],
    [
      secrets.some((secret) => new Set(secret).size < fewestCharacters || examples.test(secret)),
      `secrets must be random: one has fewer than ${fewestCharacters} different characters, or is an example from a document`,
    ],
    [
      secrets.some((secret) => clientSecrets.includes(secret)),
      'secrets must not contain the client secret: Pipedrive knows it',
    ],
  )
}

function isListOfSecrets(value: unknown): value is readonly string[] {
  const isLong = (secret: unknown) => typeof secret === 'string' && secret.length >= shortestSecret
  return Array.isArray(value) && value.length > 0 && value.every(isLong)
}
