/** Characters that control a terminal, and characters that change the direction of the text around them. */
const controls = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Returns text for one line, such as a user's name: characters that control a terminal are written as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(controls, (character) => written(character))
}

/** Returns text of several lines in the same way. Line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(controls, (character) => (/[\n\t]/.test(character) ? character : written(character)))
}

/** In the form of JSON, so that JSON stays what it is. */
function written(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
