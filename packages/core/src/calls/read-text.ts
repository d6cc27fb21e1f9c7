/**
 * Returns the body as text. Undefined: it is longer than `limit` bytes, or `signal` aborted before its end, and the rest was
 * not read.
 */
export async function readText(
  message: Request | Response,
  limit: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (message.body === null) return ''
  const reader = message.body.getReader()
  const decoder = new TextDecoder()
  const giveUp = () => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', giveUp)
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (signal?.aborted === true) return undefined
    if (done) return text + decoder.decode()
    length += value.byteLength
    if (length > limit) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
