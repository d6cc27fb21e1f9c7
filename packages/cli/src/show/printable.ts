import { stripVTControlCharacters } from 'node:util'

/** Returns text such as a user's name without the characters that control a terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' ')
}
