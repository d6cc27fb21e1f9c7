/**
 * Resolves when the output of a server matches `expected`.
 * @throws {Error} with the output, if the server ends before that
 */
export async function untilPrinted(stream: NodeJS.ReadableStream, expected: RegExp): Promise<void> {
  let output = ''
  for await (const chunk of stream) {
    output += String(chunk)
    if (!expected.test(output)) continue
    // Discards further output, which would fill the pipe.
    stream.resume()
    return
  }
  throw new Error(`The server did not start:\n${output}`)
}
