import { problemsOf } from '../../machine/problems.ts'

const shortestSecret = 32
const fewestCharacters = 10

/** Phrases of examples, this library's own among them. A secret that has one can be guessed. */
const examples = /random characters|from the developer hub|your[-_ ]?secret|change[-_ ]?me|outside the code/i

/** Returns a sentence for everything that is wrong with the sealing secrets. Repeats none of them. */
export function secretProblems(secrets: unknown, clientSecrets: readonly string[]): string[] {
  const isList = Array.isArray(secrets) && secrets.length > 0
  const all: unknown[] = isList ? secrets : []
  const texts = all.filter((secret) => typeof secret === 'string')
  return problemsOf(
    [
      !isList || texts.length < all.length || texts.some((secret) => secret.trim().length < shortestSecret),
      `secrets must be an array of at least one random string of ${shortestSecret} characters or more, the newest first`,
    ],
    [
      texts.some((secret) => secret !== secret.trim()),
      'secrets must not begin or end with white space, such as the line break at the end of a file',
    ],
    [
      texts.some((secret) => new Set(secret).size < fewestCharacters || examples.test(secret)),
      `secrets must be random: one has fewer than ${fewestCharacters} different characters, or is an example from a document`,
    ],
    [
      texts.some((secret) => clientSecrets.includes(secret)),
      'secrets must not contain the client secret: Pipedrive knows it',
    ],
  )
}
