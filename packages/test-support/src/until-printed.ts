/**
 * Resolves when a server has printed that it is up.
 * @throws {Error} with what it has printed, when it ends before
 */
export async function untilPrinted(stream: NodeJS.ReadableStream, expected: RegExp): Promise<void> {
  let output = ''
  for await (const chunk of stream) {
    output += String(chunk)
    if (!expected.test(output)) continue
    // What it goes on to say must not fill the pipe.
    stream.resume()
    return
  }
  throw new Error(`The server did not come up:\n${output}`)
}
