import { describe, expect, test } from 'vitest'
import { createOAuthHandler } from '../../../src/index.ts'
import { ada, createScene, rejection, second } from '../../flow/scene.ts'

const methods = ['DELETE', 'POST'] as const

/** A client that is connected, and notices whose bodies come piece by piece. */
async function createSlowScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  const { clientId, clientSecret, redirectUri } = scene.fake.app
  const notice = (method: string) => {
    let cancelled = false
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (own) => void (controller = own),
      cancel: () => void (cancelled = true),
    })
    const headers = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` }
    const init = { method, headers, body, duplex: 'half' }
    return {
      request: new Request(redirectUri, init as RequestInit),
      send: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
      end: () => controller?.close(),
      breakOff: (error: unknown) => controller?.error(error),
      isCancelled: () => cancelled,
    }
  }
  const handle = (request: Request) =>
    request.method === 'DELETE' ? oauth.handleUninstall(request) : oauth.handleSharing(request)
  return { ...scene, handle, notice }
}

describe.each(methods)('the body of a notice (%s)', (method) => {
  const text = JSON.stringify({ company_id: 1001, user_id: 11, isShared: true })

  test('F75 may take up to 10 seconds', async () => {
    const { clock, events, fake, handle, notice } = await createSlowScene()
    await fake.uninstall()
    const { request, send, end } = notice(method)
    const handled = handle(request)
    for (const character of text) {
      send(character)
      await clock.advance(9_900 / text.length)
    }
    end()
    await handled
    expect(events.at(-1)?.type).toBe(method === 'DELETE' ? 'uninstalled' : 'sharing_changed')
  })

  test('F75 is given up after 10 seconds, however steadily it trickles', async () => {
    const { clock, handle, notice } = await createSlowScene()
    const { request, send, isCancelled } = notice(method)
    const refused = rejection(handle(request))
    for (let count = 0; count < 10; count++) {
      expect(isCancelled()).toBe(false)
      send(' ')
      await clock.advance(second)
    }
    expect(await refused).toMatchObject({ code: 'malformed_notice', status: 400 })
    expect(String(await refused)).toContain('within 10 seconds')
    expect(isCancelled()).toBe(true)
  })

  test('F75 is given up after 16 kB', async () => {
    const { handle, notice, store } = await createSlowScene()
    const { request, send, isCancelled } = notice(method)
    const refused = rejection(handle(request))
    send(' '.repeat(16 * 1024 + 1))
    expect(await refused).toMatchObject({ code: 'malformed_notice' })
    expect([isCancelled(), (await store.get(ada)) !== undefined]).toEqual([true, true])
  })

  test.each([
    ['an error', new Error('aborted'), /^aborted$/],
    ['the reason of a signal', new DOMException('The client left', 'AbortError'), /The client left/],
    ['something else', 'gone', /^gone$/],
  ])('F75 that breaks off with %s is malformed, and the cause says why', async (_, reason, message) => {
    const { handle, notice, store } = await createSlowScene()
    const { request, send, breakOff } = notice(method)
    const refused = rejection(handle(request))
    send(text.slice(0, -1))
    breakOff(reason)
    expect(await refused).toMatchObject({
      code: 'malformed_notice',
      status: 400,
      cause: { message: expect.stringMatching(message) },
    })
    expect(await store.get(ada)).toBeDefined()
  })

  test.each([
    ['that somebody else reads', (request: Request) => void request.body?.getReader()],
    ['that is read already', (request: Request) => request.text()],
    ['whose reading was given up', (request: Request) => request.body?.cancel()],
  ])('F75 %s is malformed', async (_, use) => {
    const { handle, notice, store } = await createSlowScene()
    const { request, send, end } = notice(method)
    send(text)
    end()
    await use(request)
    expect(await rejection(handle(request))).toMatchObject({ code: 'malformed_notice' })
    expect(await store.get(ada)).toBeDefined()
  })

  test('F75 that is text instead of bytes is malformed', async () => {
    const { handle, notice } = await createSlowScene()
    const { request } = notice(method)
    const texts = new ReadableStream({ start: (controller) => controller.enqueue(text) })
    Object.defineProperty(request, 'body', { value: texts })
    expect(await rejection(handle(request))).toMatchObject({ code: 'malformed_notice' })
  })

  test('F76 that breaks off is answered with 400, and the log has a line with the cause', async () => {
    const { client, notice } = await createSlowScene()
    const lines: string[] = []
    const write = (line: string) => void lines.push(line)
    const handle = createOAuthHandler(client({ logger: { warn: write, error: write } }), {
      sharingNotices: true,
    })
    const { request, breakOff } = notice(method)
    const answer = handle(request)
    breakOff(new Error('aborted'))
    expect((await answer)?.status).toBe(400)
    expect(lines).toEqual([expect.stringMatching(/malformed_notice.* Cause: aborted\./)])
  })

  test('F75 is not read without the credentials of the app, or without being asked for', async () => {
    const { fake, client, notice } = await createSlowScene()
    const { request, isCancelled } = notice(method)
    const bare = new Request(fake.app.redirectUri, {
      method,
      body: request.body,
      duplex: 'half',
    } as RequestInit)
    const answer = await createOAuthHandler(client())(bare)
    expect(answer?.status).toBe(method === 'DELETE' ? 401 : 200)
    expect([bare.bodyUsed, isCancelled()]).toEqual([false, false])
  })
})
