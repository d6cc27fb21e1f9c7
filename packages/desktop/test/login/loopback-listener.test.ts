import { freePort } from '@pd/test-support/free-port'
import { expect, test } from 'vitest'
import { LoopbackListener } from '../../src/login/loopback-listener.ts'
import { visit } from './desktop.ts'

/** A listener whose one answer has begun, and ends when it is told to. */
async function startAnswering() {
  const redirect = new URL(`http://localhost:${await freePort()}/callback`)
  const rest = Promise.withResolvers<string>()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('half '))
      controller.enqueue(new TextEncoder().encode(await rest.promise))
      controller.close()
    },
  })
  const listener = await LoopbackListener.open(redirect, async () => new Response(body))
  return { listener, rest, response: await visit(redirect.href), redirect }
}

test('an answer that is under way is sent in full before the connection ends', async () => {
  const { listener, rest, response, redirect } = await startAnswering()
  const closed = listener.close({ graceMs: 10_000 })
  await expect(visit(redirect.href)).rejects.toThrow()
  rest.resolve('and half')
  expect(await response.text()).toBe('half and half')
  await closed
})

test('but is not waited for without end', async () => {
  const { listener, response } = await startAnswering()
  await listener.close({ graceMs: 20 })
  await expect(response.text()).rejects.toThrow()
})
