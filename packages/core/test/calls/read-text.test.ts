import { expect, test } from 'vitest'
import { readText } from '../../src/calls/read-text.ts'

function streamOf(...chunks: readonly Uint8Array<ArrayBuffer>[]): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    }),
  )
}

test('readText() reads a body, and returns empty text for a missing body', async () => {
  expect(await readText(new Response('text'), 10)).toBe('text')
  expect(await readText(new Response(null), 10)).toBe('')
  expect(await readText(new Response(''), 10)).toBe('')
  expect(await readText(new Request('https://app.example.com', { method: 'POST', body: 'text' }), 10)).toBe(
    'text',
  )
})

test('readText() reads as many bytes as the limit, and not one more', async () => {
  expect(await readText(new Response('1234567890'), 10)).toBe('1234567890')
  expect(await readText(new Response('12345678901'), 10)).toBeUndefined()
  expect(await readText(new Response('ééééé'), 10)).toBe('ééééé')
  expect(await readText(new Response('éééééé'), 10)).toBeUndefined()
})

test('readText() joins a character that two chunks share', async () => {
  const bytes = new TextEncoder().encode('a€b')
  expect(await readText(streamOf(bytes.slice(0, 2), bytes.slice(2, 3), bytes.slice(3)), 10)).toBe('a€b')
})

test('readText() reads text that is not UTF-8, or cut off, without throwing', async () => {
  expect(await readText(streamOf(new Uint8Array([0xff, 0x41])), 10)).toBe('\ufffdA')
  expect(await readText(streamOf(new Uint8Array([0x41, 0xe2, 0x82])), 10)).toBe('A\ufffd')
})

test('readText() rejects when the body breaks off', async () => {
  const broken = new ReadableStream({ pull: () => Promise.reject(new Error('ECONNRESET')) })
  await expect(readText(new Response(broken), 10)).rejects.toThrow('ECONNRESET')
})

test('readText() of a body that is given up returns nothing, not the part that has come', async () => {
  const stop = new AbortController()
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('part')),
  })
  const reading = readText(new Response(endless), 10, stop.signal)
  await Promise.resolve()
  stop.abort()
  expect(await reading).toBeUndefined()
})
