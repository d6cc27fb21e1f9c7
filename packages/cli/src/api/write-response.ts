import type { Output } from '../output.ts'

/** Prints a response. A terminal gets indented JSON, a pipe or file gets every byte unchanged. */
export async function writeResponse(
  response: Response,
  includesHead: boolean,
  output: Output,
): Promise<void> {
  if (includesHead) {
    output.result(`HTTP ${response.status} ${response.statusText}`.trimEnd())
    for (const [name, value] of response.headers) output.result(`${name}: ${value}`)
    output.result('')
  }
  if (output.isTerminal) {
    const text = await response.text()
    if (text !== '') output.result(indented(text))
    return
  }
  for await (const part of response.body ?? []) output.write(part)
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text.trimEnd()
  }
}
