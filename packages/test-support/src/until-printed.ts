import type { Readable } from 'node:stream'

/**
 * Resolves when the output of a server matches `expected`, and discards further output.
 * @throws {Error} with the output, if the server ends before that
 */
export async function untilPrinted(stream: Readable, expected: RegExp): Promise<void> {
  let output = ''
  // A destroyed stream would close the pipe, and the server would fail at its next line.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    if (expected.test(output)) break
  }
  if (!expected.test(output)) throw new Error(`The server did not start:\n${output}`)
  // Unread output would fill the pipe. Inside the loop, resume() has no effect.
  stream.resume()
}
