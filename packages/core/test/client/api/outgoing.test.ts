import { describe, expect, test } from 'vitest'
import { takeApart } from '../../../src/client/api/outgoing.ts'

const address = 'https://company.pipedrive.com/api/v2/deals'

/** A Request of another implementation, as npm undici and jsdom make them. */
function foreignRequest(body: string | null, more: object = {}) {
  const headers = new Headers({ 'x-own': 'yes' })
  const stream = body === null ? null : { foreign: true }
  const arrayBuffer = async () => new TextEncoder().encode(body ?? '').buffer
  return { url: address, method: 'POST', headers, body: stream, bodyUsed: false, arrayBuffer, ...more }
}

async function bodyOf(input: unknown, init?: RequestInit): Promise<unknown> {
  const { init: taken } = await takeApart(input, init)
  return taken.body instanceof Uint8Array ? new TextDecoder().decode(taken.body) : taken.body
}

describe('a Request of another implementation', () => {
  test('is read as bytes, which can be sent twice', async () => {
    const { address: at, init, isReplayable } = await takeApart(foreignRequest('{"title":"A"}'))
    expect(at).toBe(address)
    expect(init.method).toBe('POST')
    expect(new Headers(init.headers).get('x-own')).toBe('yes')
    expect(await bodyOf(foreignRequest('{"title":"A"}'))).toBe('{"title":"A"}')
    expect(isReplayable).toBe(true)
    expect(init).not.toHaveProperty('duplex')
  })

  test.each([
    ['without a body', foreignRequest(null)],
    ['with an empty body', foreignRequest('')],
    ['that is a GET', foreignRequest('never read', { method: 'GET' })],
    ['that is a HEAD', foreignRequest('never read', { method: 'HEAD' })],
  ])('%s has no body', async (_, request) => {
    const { init, isReplayable } = await takeApart(request)
    expect(init).not.toHaveProperty('body')
    expect(isReplayable).toBe(true)
  })

  test('keeps its method and body where the init says nothing of them', async () => {
    const { init } = await takeApart(foreignRequest('kept'), { method: undefined } as never)
    expect(init.method).toBe('POST')
    expect(await bodyOf(foreignRequest('kept'), { method: 'PUT' })).toBe('kept')
  })

  test('loses its body to that of the init', async () => {
    expect(await bodyOf(foreignRequest('of the request'), { body: 'of the init' })).toBe('of the init')
  })

  test('whose body was read already is refused', async () => {
    await expect(takeApart(foreignRequest('read', { bodyUsed: true }))).rejects.toThrow(
      new TypeError('The body of the Request was read already'),
    )
  })

  test.each([
    ['a url', { url: undefined }],
    ['a method', { method: undefined }],
    ['the methods of a Request', { arrayBuffer: undefined }],
  ])('is no Request without %s', async (_, more) => {
    await expect(takeApart(foreignRequest(null, more))).rejects.toMatchObject({
      code: 'invalid_argument',
      problems: [expect.stringContaining('the first argument must be')],
    })
  })
})

describe('a body', () => {
  test.each([
    ['a text', 'text'],
    ['an empty text', ''],
    ['a Blob', new Blob(['blob'])],
  ])('that is %s stays the same', async (_, body) => {
    const { init, isReplayable } = await takeApart(address, { method: 'POST', body })
    expect(init.body).toBe(body)
    expect(isReplayable).toBe(true)
  })

  test.each([
    ['bytes', () => new TextEncoder().encode('bytes')],
    ['a part of a buffer', () => new TextEncoder().encode('[bytes]').subarray(1, 6)],
    ['a view', () => new DataView(new TextEncoder().encode('[bytes]').buffer, 1, 5)],
    ['a buffer', () => new TextEncoder().encode('bytes').buffer],
    ['a shared buffer', () => sharedBuffer('bytes')],
  ])('that is %s is copied', async (_, make) => {
    const body = make()
    const { init } = await takeApart(address, { method: 'POST', body: body as BodyInit })
    const whole = ArrayBuffer.isView(body) ? new Uint8Array(body.buffer) : new Uint8Array(body)
    whole.fill(0)
    expect(init.body).toBeInstanceOf(Uint8Array)
    expect(new TextDecoder().decode(init.body as Uint8Array)).toBe('bytes')
  })

  test('that is a form is copied with all fields of a name', async () => {
    const form = new FormData()
    form.append('tag', 'a')
    form.append('tag', 'b')
    const query = new URLSearchParams('tag=a&tag=b')
    const copies = await Promise.all(
      [form, query].map(async (body) => (await takeApart(address, { method: 'POST', body })).init.body),
    )
    form.append('tag', 'c')
    query.append('tag', 'c')
    for (const copy of copies) expect((copy as FormData).getAll('tag')).toEqual(['a', 'b'])
  })

  test.each([
    ['a stream of the web', () => new Blob(['stream']).stream()],
    ['an iterable', async function* () {}],
  ])('that is %s is sent once, with `duplex`', async (_, make) => {
    const body = make() as BodyInit
    const { init, isReplayable } = await takeApart(address, { method: 'POST', body })
    expect(init.body).toBe(body)
    expect(init).toHaveProperty('duplex', 'half')
    expect(isReplayable).toBe(false)
  })

  test('that says what it is as a text is that text', async () => {
    expect(await bodyOf(address, { method: 'POST', body: 12 as never })).toBe('12')
    expect(await bodyOf(address, { method: 'POST', body: { toString: () => 'said' } as never })).toBe('said')
  })

  test('that is a plain object is refused', async () => {
    await expect(takeApart(address, { method: 'POST', body: {} as never })).rejects.toMatchObject({
      code: 'invalid_argument',
      problems: [expect.stringContaining('use JSON.stringify for an object')],
    })
  })

  test.each([null, undefined])('that is %s is left out', async (body) => {
    const { init } = await takeApart(address, { method: 'POST', body: body as never })
    expect(init).not.toHaveProperty('body')
  })
})

describe('a signal', () => {
  const foreign = (aborted: boolean) => {
    const listeners: (() => void)[] = []
    const signal = {
      aborted,
      reason: new Error('enough'),
      addEventListener: (_: string, listener: () => void) => void listeners.push(listener),
    }
    return { listeners, signal: signal as unknown as AbortSignal }
  }

  test('of this runtime stays the same', async () => {
    const { signal } = new AbortController()
    expect((await takeApart(address, { signal })).init.signal).toBe(signal)
  })

  test('of another realm is followed, now or later', async () => {
    const over = (await takeApart(address, { signal: foreign(true).signal })).init.signal
    expect(over?.reason).toEqual(new Error('enough'))
    const { listeners, signal } = foreign(false)
    const own = (await takeApart(address, { signal })).init.signal
    expect(own).toBeInstanceOf(AbortSignal)
    expect(own?.aborted).toBe(false)
    for (const listener of listeners) listener()
    expect(own?.reason).toBe(signal.reason)
  })

  test.each([null, undefined])('that is %s is left out', async (signal) => {
    expect((await takeApart(address, { signal: signal as never })).init).not.toHaveProperty('signal')
  })

  test.each([{}, { aborted: false }, { addEventListener: () => {} }, 'soon'])(
    'that is %j is refused',
    async (signal) => {
      await expect(takeApart(address, { signal: signal as never })).rejects.toThrow(
        new TypeError('signal must be an AbortSignal'),
      )
    },
  )
})

test.each(['follow', 'error', 'manual'] as const)('redirect may be %s', async (redirect) => {
  expect((await takeApart(address, { redirect })).init.redirect).toBe(redirect)
})

test('redirect may be nothing else', async () => {
  await expect(takeApart(address, { redirect: 'never' as never })).rejects.toThrow(
    new TypeError('redirect must be follow, error or manual'),
  )
})

test('options of a prototype count, and undefined ones do not', async () => {
  class Options {
    get method() {
      return 'PATCH'
    }
    get body() {
      return 'changed'
    }
  }
  const { init } = await takeApart(address, new Options() as RequestInit)
  expect(init).toMatchObject({ method: 'PATCH', body: 'changed' })
  expect(init).not.toHaveProperty('headers')
})

function sharedBuffer(text: string): SharedArrayBuffer {
  const bytes = new TextEncoder().encode(text)
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return shared
}
