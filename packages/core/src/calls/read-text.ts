/** The body as text, or undefined when it is longer than `limit` bytes; the rest of such a body is not read. */
export async function readText(message: Request | Response, limit: number): Promise<string | undefined> {
  if (message.body === null) return ''
  const reader = message.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    length += value.byteLength
    if (length > limit) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
