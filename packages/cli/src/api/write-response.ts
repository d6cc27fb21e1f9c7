import type { Output } from '../output.ts'

/** Prints a response. A terminal gets indented JSON or text, a pipe or file gets every byte unchanged. */
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
  if (output.isTerminal) return show(new Uint8Array(await response.arrayBuffer()), output)
  for await (const part of response.body ?? []) output.write(part)
}

function show(body: Uint8Array, output: Output): void {
  const text = textOf(body)
  if (text === undefined)
    output.message(
      `The response is not text but ${body.byteLength} bytes, which a terminal cannot show. Write them to a file: pd-oauth api … > file`,
    )
  else if (text !== '') output.result(indented(text))
}

function textOf(body: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text.trimEnd()
  }
}
