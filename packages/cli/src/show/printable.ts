import { stripVTControlCharacters } from 'node:util'

/** Text from elsewhere, such as a user's name, without anything that would steer a terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' ')
}
