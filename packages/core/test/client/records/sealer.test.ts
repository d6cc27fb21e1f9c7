import { manualClock } from '@pd/fake-pipedrive'
import * as fc from 'fast-check'
import { base64url, CompactEncrypt } from 'jose'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Sealer } from '../../../src/client/records/sealer.ts'
import { fullClock } from '../../../src/client/runtime/clock.ts'
import { SecretSource } from '../../../src/client/runtime/secret-source.ts'
import { PipedriveOAuth } from '../../../src/index.ts'
import { sealerOf, validOptions } from '../settings.ts'

const current = 'the-current-sealing-secret-of-tests'
const previous = 'the-previous-sealing-secret-of-tests'
const stranger = 'a-secret-that-nobody-has-configured!'
const payload = { accessToken: 'v1u:AQ+/=', nested: [1, null, { a: 'é' }] }

const sealer = sealerOf([current], 'records')

function headerOf(sealed: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(base64url.decode(sealed.split('.')[0] ?? '')))
}

function withHeader(sealed: string, changes: Record<string, unknown>): string {
  const header = JSON.stringify({ ...headerOf(sealed), ...changes })
  return [base64url.encode(header), ...sealed.split('.').slice(1)].join('.')
}

describe('Sealer', () => {
  test('opens what it sealed', async () => {
    expect(await sealer.open('1:2', await sealer.seal('1:2', payload))).toEqual({
      ok: true,
      payload,
      isCurrentKey: true,
    })
  })

  test('opens any JSON that it sealed, under any name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ unit: 'grapheme' }), async (value, name) => {
        const opened = await sealer.open(name, await sealer.seal(name, value))
        expect(JSON.stringify(opened.ok && opened.payload)).toBe(JSON.stringify(value))
      }),
      { numRuns: 50 },
    )
  })

  test('writes JWE compact: dir, A256GCM, the key’s id and the name in the header, and no plain text', async () => {
    const sealed = await sealer.seal('1:2', payload)
    expect(sealed).toMatch(/^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
    expect(headerOf(sealed)).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      kid: expect.stringMatching(/^[\w-]{12}$/),
      sub: '1:2',
    })
    expect(atob((sealed.split('.')[3] ?? '').replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('v1u')
  })

  test('never seals the same payload to the same text', async () => {
    expect(await sealer.seal('1:2', payload)).not.toBe(await sealer.seal('1:2', payload))
  })

  test('opens a value that an earlier version sealed', async () => {
    const kept =
      'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiYkc0Y2ZZUUdCbXhyIiwic3ViIjoiMToyIn0..tJDdYjtYYttqtIA3.iRWmAzcxAbsliA31IA.rI5J-AEmGXwZtwyt_P4J7g'
    expect(await sealer.open('1:2', kept)).toEqual({ ok: true, payload: { kept: true }, isCurrentKey: true })
  })

  test('derives its keys once, and so that no code can read them', async () => {
    const derived = vi.spyOn(crypto.subtle, 'deriveKey')
    onTestFinished(() => derived.mockRestore())
    const own = sealerOf([current, previous])
    await own.open('1:2', await own.seal('1:2', payload))
    expect(derived).toHaveBeenCalledTimes(2)
    for (const { value } of derived.mock.results) expect(((await value) as CryptoKey).extractable).toBe(false)
  })

  test('refuses to seal without a secret', async () => {
    await expect(sealerOf([], 'records').seal('1:2', payload)).rejects.toThrow(TypeError)
  })
})

describe('F29 with a new secret in front', () => {
  const rotated = sealerOf([current, previous], 'records')

  test('what the old key sealed opens, and says that its key is not the current one', async () => {
    const sealed = await sealerOf([previous], 'records').seal('1:2', payload)
    expect(await rotated.open('1:2', sealed)).toEqual({ ok: true, payload, isCurrentKey: false })
  })

  test('the new key seals', async () => {
    const sealed = await rotated.seal('1:2', payload)
    expect((await sealerOf([current], 'records').open('1:2', sealed)).ok).toBe(true)
    expect(await sealerOf([previous], 'records').open('1:2', sealed)).toEqual({
      ok: false,
      problem: 'unknown_key',
    })
  })

  test('an unknown key and a damaged value are different problems', async () => {
    const sealed = await sealerOf([stranger], 'records').seal('1:2', payload)
    expect(await rotated.open('1:2', sealed)).toEqual({ ok: false, problem: 'unknown_key' })
    expect(await rotated.open('1:2', 'damaged')).toEqual({ ok: false, problem: 'unreadable' })
  })
})

test('F30 a value sealed under one name does not open under another, also with the name in its header changed', async () => {
  const sealed = await sealer.seal('1:2', payload)
  for (const name of ['1:20', '1:1', '2:1', '', '1:2 '])
    expect(await sealer.open(name, sealed)).toEqual({ ok: false, problem: 'unreadable' })
  expect(await sealer.open('1:3', withHeader(sealed, { sub: '1:3' }))).toEqual({
    ok: false,
    problem: 'unreadable',
  })
})

test('a value sealed for one purpose does not open for another, with the same secrets and the same name', async () => {
  const cookies = sealerOf([current], 'cookies')
  const record = await sealer.seal('1:2', payload)
  const cookie = await cookies.seal('1:2', payload)
  expect((await cookies.open('1:2', record)).ok).toBe(false)
  expect((await sealer.open('1:2', cookie)).ok).toBe(false)
  const borrowedKid = withHeader(cookie, { kid: headerOf(record)['kid'] })
  expect(await sealer.open('1:2', borrowedKid)).toEqual({ ok: false, problem: 'unreadable' })
})

describe('a sealed value that was tampered with does not open', () => {
  const parts = ['header', 'encrypted key', 'initialization vector', 'ciphertext', 'tag']

  test.each(parts.map((part, index) => ({ part, index })))('in its $part', async ({ index }) => {
    const sealed = (await sealer.seal('1:2', payload)).split('.')
    const other = (await sealer.seal('1:2', { other: true })).split('.')
    const part = sealed[index] ?? ''
    const first = part.startsWith('A') ? 'B' : 'A'
    const changes = [first + part.slice(1), `${part}AAAA`, part.slice(0, -4), '', other[index] ?? '', '!']
    for (const change of changes) {
      if (change === part) continue
      const tampered = sealed.with(index, change).join('.')
      expect(await sealer.open('1:2', tampered)).toMatchObject({ ok: false })
    }
  })

  test('by leaving parts out, adding or swapping them', async () => {
    const sealed = (await sealer.seal('1:2', payload)).split('.')
    const [header = '', key = '', iv = '', ciphertext = '', tag = ''] = sealed
    const spellings = [
      sealed.slice(0, 4),
      sealed.slice(1),
      [...sealed, ''],
      [header, key, ciphertext, iv, tag],
      [header, iv, key, ciphertext, tag],
      [ciphertext, key, iv, header, tag],
    ]
    for (const spelling of spellings)
      expect(await sealer.open('1:2', spelling.join('.'))).toEqual({ ok: false, problem: 'unreadable' })
  })

  test('one character at a time', async () => {
    const sealed = await sealer.seal('1:2', 1)
    for (let index = 0; index < sealed.length - 2; index += 3) {
      const tampered = sealed.slice(0, index) + (sealed[index] === 'x' ? 'y' : 'x') + sealed.slice(index + 1)
      expect(await sealer.open('1:2', tampered)).toMatchObject({ ok: false })
    }
  })
})

describe('a header that asks for another algorithm is refused', () => {
  const headers: readonly Record<string, unknown>[] = [
    { alg: 'none' },
    { alg: 'A256GCMKW' },
    { alg: 'RSA-OAEP' },
    { alg: 'PBES2-HS256+A128KW' },
    { alg: undefined },
    { enc: 'A128GCM' },
    { enc: 'A256CBC-HS512' },
    { enc: 'none' },
    { enc: undefined },
    { zip: 'DEF' },
    { crit: ['exp'], exp: 1 },
    { kid: undefined },
    { kid: 'unknown' },
    { kid: ['list'] },
    { kid: '__proto__' },
  ]
  test.each(headers)('%j', async (changes) => {
    const sealed = withHeader(await sealer.seal('1:2', payload), changes)
    const problem = 'kid' in changes ? 'unknown_key' : 'unreadable'
    expect(await sealer.open('1:2', sealed)).toEqual({ ok: false, problem })
  })

  test('also if the value is intact and its wrapped key is ours', async () => {
    const { kid } = headerOf(await sealer.seal('1:2', payload))
    const own = new CompactEncrypt(new TextEncoder().encode('{}'))
    const header = { enc: 'A256GCM', kid: String(kid), sub: '1:2' }
    const key = await recordsKey(current)
    const wrapped = await own.setProtectedHeader({ ...header, alg: 'A256GCMKW' }).encrypt(key)
    expect(await sealer.open('1:2', wrapped)).toEqual({ ok: false, problem: 'unreadable' })
    const direct = new CompactEncrypt(new TextEncoder().encode('{}')).setProtectedHeader({
      ...header,
      alg: 'dir',
    })
    expect((await sealer.open('1:2', await direct.encrypt(key))).ok).toBe(true)
  })
})

test('Sealer never throws for what it is given to open', async () => {
  const part = fc.oneof(fc.constantFrom('', 'e30', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0'), fc.string())
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      expect((await sealer.open('1:2', parts.join('.'))).ok).toBe(false)
    }),
    { numRuns: 200 },
  )
})

/** The key of the purpose `records`, as bytes: HKDF-SHA-256 without salt. */
async function recordsKey(secret: string): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits'])
  const info = encoder.encode('pd-oauth/v1/records/key')
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, material, 256))
}

describe('keys that are derived before they are needed', () => {
  test('serve the first use of a client', async () => {
    const derived = vi.spyOn(crypto.subtle, 'deriveKey')
    onTestFinished(() => derived.mockRestore())
    const oauth = new PipedriveOAuth(validOptions())
    await expect.poll(() => derived).toHaveBeenCalledTimes(1)
    const tokens = { access_token: 'v1u:access', refresh_token: '1:2:refresh', expires_in: 3_600 }
    await oauth.adopt(tokens, { obtainedAt: Date.now(), account: { companyId: 1, userId: 2 } })
    expect(derived).toHaveBeenCalledTimes(1)
  })

  test('are asked of no key service', async () => {
    const ask = vi.fn(async () => [current])
    sealerOf(ask).prepare()
    void new PipedriveOAuth(validOptions({ secrets: ask }))
    await new Promise(setImmediate)
    expect(ask).not.toHaveBeenCalled()
  })

  test('do no harm if the runtime refuses to derive them: the first use tries again', async () => {
    const refused = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValueOnce(new Error('not in this scope'))
    onTestFinished(() => refused.mockRestore())
    const prepared = sealerOf([current])
    prepared.prepare()
    // A rejection that nobody handles would fail this run.
    await expect.poll(() => refused).toHaveBeenCalledTimes(1)
    await new Promise(setImmediate)
    expect(await prepared.open('1:2', await sealer.seal('1:2', payload))).toMatchObject({ ok: true })
  })
})

describe('a value under an unknown key', () => {
  const later = 'the-secret-that-came-later-in-tests'

  /** A sealer whose key service has a new secret from its second answer on. Its last minute has passed. */
  async function createScene(asksAgain: boolean) {
    const clock = manualClock()
    let answers = [[current], [later, current]]
    const ask = vi.fn(async () => (answers.length > 1 ? answers.shift()! : answers[0]!))
    const source = new SecretSource(ask, [], fullClock(clock))
    const opener = new Sealer(source, 'records', asksAgain)
    await opener.seal('1:2', payload)
    await clock.advance(60_000)
    ask.mockClear()
    return { ask, opener, useless: () => (answers = [[current]]) }
  }

  test('opens once the key service has told the new secret', async () => {
    const { ask, opener } = await createScene(true)
    const sealed = await sealerOf([later]).seal('1:2', payload)
    expect(await opener.open('1:2', sealed)).toEqual({ ok: true, payload, isCurrentKey: true })
    expect(ask).toHaveBeenCalledOnce()
  })

  test('stays unknown if the key service does not know it either', async () => {
    const { ask, opener, useless } = await createScene(true)
    useless()
    const sealed = await sealerOf([later]).seal('1:2', payload)
    expect(await opener.open('1:2', sealed)).toEqual({ ok: false, problem: 'unknown_key' })
    expect(ask).toHaveBeenCalledOnce()
  })

  test('is not worth a question where it opens nothing that would be lost', async () => {
    const { ask, opener } = await createScene(false)
    const sealed = await sealerOf([later]).seal('1:2', payload)
    expect(await opener.open('1:2', sealed)).toEqual({ ok: false, problem: 'unknown_key' })
    expect(ask).not.toHaveBeenCalled()
  })

  test('alone lets the key service be asked: not what opens, and not what is damaged', async () => {
    const { ask, opener } = await createScene(true)
    const sealed = await sealerOf([current]).seal('1:2', payload)
    expect(await opener.open('1:2', sealed)).toMatchObject({ ok: true })
    expect(await opener.open('1:3', sealed)).toEqual({ ok: false, problem: 'unreadable' })
    expect(await opener.open('1:2', 'garbage')).toEqual({ ok: false, problem: 'unreadable' })
    expect(ask).not.toHaveBeenCalled()
  })
})
