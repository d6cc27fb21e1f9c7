import { describe, expect, test } from 'vitest'
import type { StoredRecord, TokenStore } from '../../../src/index.ts'
import {
  ada,
  collected,
  createScene,
  failure,
  hour,
  minute,
  rejection,
  sealingSecret,
} from '../../flow/scene.ts'
import { rejects, troubledStore } from '../../flow/troubled-store.ts'

const newSecret = 'the-second-secret-of-this-test-suite-02'

/** Puts another value in a record's place, as an attacker or an accident would. */
async function tamper(store: TokenStore, change: (record: StoredRecord) => string): Promise<StoredRecord> {
  const record = (await store.get(ada))!
  const tampered = { ...record, version: 'tampered', value: change(record) }
  await store.compareAndSet(ada, record.version, tampered)
  return tampered
}

test('F29 old records open behind a new sealing secret, and the next write seals with the new one', async () => {
  const { clock, client, connect, fake, store } = createScene()
  await connect(client())
  const both = client({ secrets: [newSecret, sealingSecret] })
  const sealedBefore = await store.get(ada)
  expect(fake.serverAccepts(await both.installation(ada).accessToken())).toBe(true)
  expect(await store.get(ada)).toEqual(sealedBefore)

  // Processes of the old and of the new deployment work side by side.
  await clock.advance(2 * hour)
  const old = client({ secrets: [sealingSecret, newSecret] })
  await both.installation(ada).accessToken()
  expect(fake.serverAccepts(await old.installation(ada).accessToken())).toBe(true)

  const alone = client({ secrets: [newSecret] })
  expect(fake.serverAccepts(await alone.installation(ada).accessToken())).toBe(true)
  expect(await failure(client().installation(ada).accessToken())).toBe('unknown_key')
})

test('F29 an attempt and a session that the old secret sealed stay valid', async () => {
  const { client, connect, fake } = createScene()
  const old = client()
  await connect(old)
  const { url, attempt } = await old.authorize({ returnTo: '/deals' })
  const session = await old.issueSession(ada, hour)
  const both = client({ secrets: [newSecret, sealingSecret] })

  expect((await both.callback(await fake.approve(url), attempt)).returnTo).toBe('/deals')
  expect(await both.readSession(session)).toBe(ada)
  expect(await client({ secrets: [newSecret] }).readSession(session)).toBeUndefined()
})

test('F30 a record copied under another id does not open there, and the original record stays', async () => {
  const { client, connect, fake, store } = createScene()
  await connect(client(), '1001:11')
  await connect(client(), '1002:21')
  const [own, other] = [await store.get('1001:11'), await store.get('1002:21')]
  await store.compareAndSet('1002:21', other!.version, { ...own! })
  const oauth = client()

  const installation = oauth.installation('1002:21')
  expect(await failure(installation.accessToken())).toBe('unreadable_record')
  expect(await failure(installation.fetch('/api/v2/deals'))).toBe('unreadable_record')
  expect(await failure(installation.describe())).toBe('unreadable_record')
  expect(fake.calls.filter((call) => call.endpoint === 'api').length).toBe(2)
  expect(fake.serverAccepts(await oauth.installation('1001:11').accessToken())).toBe(true)
})

describe.each([
  ['sealed with an unknown secret', 'unknown_key', undefined],
  ['with a flipped character', 'unreadable_record', ({ value }: StoredRecord) => flipped(value)],
  ['cut short', 'unreadable_record', ({ value }: StoredRecord) => value.slice(0, -20)],
  ['empty', 'unreadable_record', () => ''],
  ['in plain text', 'unreadable_record', () => '{"status":"active","accessToken":"x"}'],
] as const)('a record %s', (_, code, change) => {
  const damaged = async () => {
    const scene = createScene()
    const stored = scene.client({ secrets: change === undefined ? [newSecret] : [sealingSecret] })
    await scene.connect(stored)
    const record = change === undefined ? (await scene.store.get(ada))! : await tamper(scene.store, change)
    return { ...scene, oauth: scene.client(), record }
  }

  test('is a typed error in every method, and is not deleted', async () => {
    const { clock, fake, oauth, record, store } = await damaged()
    await clock.advance(1)
    fake.clearCalls()
    const installation = oauth.installation(ada)
    const errors = [
      await rejection(installation.accessToken()),
      await rejection(installation.accessToken()),
      await rejection(installation.fetch('/api/v2/deals')),
      await rejection(installation.refresh()),
      await rejection(installation.describe()),
      await rejection(installation.uninstall()),
      await rejection(installation.revokeAccessToken()),
      await rejection(oauth.handleUninstall(fake.uninstallNotice())),
    ]
    for (const error of errors)
      expect(error).toMatchObject({ name: 'StoreError', code, retryable: false, status: 500 })
    expect((await oauth.keepAlive({ withinMs: 100 * 24 * hour })).failures).toEqual([{ id: ada, code }])
    expect(await store.get(ada)).toEqual(record)
    expect(fake.calls).toEqual([])
  })

  test('is listed as unreadable, beside the others', async () => {
    const { connect, oauth } = await damaged()
    await connect(oauth, '1002:21')
    const listed = await collected(oauth.installations())
    expect(listed).toMatchObject([
      { id: ada, status: 'unreadable', error: { code } },
      { id: '1002:21', status: 'active' },
    ])
  })

  test('is replaced when the user connects again', async () => {
    const { connect, events, fake, oauth } = await damaged()
    await failure(oauth.installation(ada).accessToken())
    expect((await connect(oauth)).firstTime).toBe(false)
    expect(events.at(-1)).toMatchObject({ type: 'installed', firstTime: false })
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('is not replaced by an import, and keeps its error if connecting again fails', async () => {
    const { client, clock, connect, fake, record, store } = await damaged()
    const troubled = troubledStore(store)
    troubled.meet('compareAndSet', rejects)
    const oauth = client({ store: troubled.store })
    const connecting = rejection(connect(oauth))
    await clock.advance(minute)
    expect(await connecting).toMatchObject({ code: 'store_unavailable' })
    troubled.recover()

    expect(await failure(oauth.installation(ada).accessToken())).toBe(code)
    const response = { access_token: 'a', refresh_token: fake.installations()[0]!.refreshToken }
    const account = { companyId: 1001, userId: 11 }
    expect(await failure(oauth.adopt(response, { account }))).toBe(code)
    expect(await store.get(ada)).toEqual(record)
  })
})

/** The same text with another character in the middle of its last part but one, the ciphertext. */
function flipped(value: string): string {
  const parts = value.split('.')
  const text = parts[3]!
  const middle = Math.floor(text.length / 2)
  parts[3] = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`
  return parts.join('.')
}
