import { describe, expect, test } from 'vitest'
import { secretProblems } from '../../../src/client/runtime/secret-problems.ts'
import { ada, collected, createScene, failure, hour, minute, rejection } from '../../flow/scene.ts'

const old = 'old-secret-0123456789-abcdefghijklmnop'
const fresh = 'new-secret-0123456789-abcdefghijklmnop'

describe('secrets as a function', () => {
  test('is asked once, however many callers need it', async () => {
    const { client, connect } = createScene()
    let asked = 0
    const oauth = client({
      secrets: async () => {
        asked += 1
        return [old]
      },
    })
    await Promise.all([connect(oauth), connect(oauth, '1001:12'), oauth.authorize()])
    expect(asked).toBe(1)
  })

  test('F86 that does not answer ends reseal(), and blames no record', async () => {
    const { client, connect } = createScene()
    await connect(client({ secrets: [old] }))
    const reader = client({ secrets: () => Promise.reject(new Error('the key service is away')) })
    expect(await failure(reader.reseal())).toBe('secrets_unavailable')
  })

  test('F86 gives secrets_unavailable if it does not answer within storeTimeoutMs, and is asked again after that', async () => {
    const { client, clock, connect } = createScene()
    await connect(client({ secrets: [old] }))
    let isAway = true
    const reader = client({ secrets: () => (isAway ? new Promise(() => {}) : Promise.resolve([old])) })
    const asked = failure(reader.installation(ada).describe())
    await clock.advance(5_000)
    expect(await asked).toBe('secrets_unavailable')
    isAway = false
    expect(await reader.installation(ada).describe()).toMatchObject({ status: 'active' })
  })

  describe.each<[string, () => Promise<readonly string[]>, string]>([
    ['does not answer', () => Promise.reject(new Error('away')), 'secrets_unavailable'],
    ['gives secrets that can be guessed', async () => ['a'.repeat(40)], 'invalid_configuration'],
  ])('that %s once', (_, fault, code) => {
    /** A client over a record of another process. Its key service answers wrongly at first, then rightly. */
    const createFaultyScene = async () => {
      const scene = createScene()
      const other = scene.client({ secrets: [old] })
      const { url, attempt } = await other.authorize({ reference: 'tenant-7' })
      await other.callback(await scene.fake.approve(url), attempt)
      const before = await scene.store.get(ada)
      const answers = [fault]
      const oauth = scene.client({ secrets: () => (answers.shift() ?? (async () => [old]))() })
      return { ...scene, before, oauth }
    }

    test('F86 keeps exchangeApiToken() from replacing the record, and the next call goes on', async () => {
      const { before, fake, oauth, store } = await createFaultyScene()
      const { apiToken } = fake.users[0]!
      expect(await failure(oauth.exchangeApiToken(apiToken))).toBe(code)
      expect(await store.get(ada)).toEqual(before)
      const { firstTime, installation } = await oauth.exchangeApiToken(apiToken)
      expect(firstTime).toBe(false)
      expect(await installation.describe()).toMatchObject({ reference: 'tenant-7' })
    })

    test('F86 keeps forget() from deleting the record unseen', async () => {
      const { before, events, oauth, store } = await createFaultyScene()
      expect(await failure(oauth.installation(ada).forget())).toBe(code)
      expect(await store.get(ada)).toEqual(before)
      expect(await oauth.installation(ada).forget()).toBe(true)
      expect(events.at(-1)).toMatchObject({ type: 'forgotten', installationId: ada })
    })
  })

  test('is asked again for a record with an unknown secret, at most once a minute', async () => {
    const { client, clock, connect, store } = createScene()
    let current: readonly string[] = [old]
    let asked = 0
    const reader = client({
      secrets: async () => {
        asked += 1
        return current
      },
    })
    await connect(reader)
    await clock.advance(hour)
    current = [fresh, old]
    await client({ secrets: [fresh, old] })
      .installation(ada)
      .accessToken()
    expect(await reader.installation(ada).describe()).toMatchObject({ refreshes: 1 })
    expect(asked).toBe(2)

    const stranger = client({ secrets: ['a-third-secret-0123456789-abcdefghijklm'], store })
    await clock.advance(hour)
    await connect(stranger, '1001:12')
    const read = () => failure(reader.installation('1001:12').describe())
    expect([await read(), await read(), asked]).toEqual(['unknown_key', 'unknown_key', 3])
    await clock.advance(minute)
    expect([await read(), asked]).toEqual(['unknown_key', 4])
  })

  test('is not asked again for a cookie that nobody knows', async () => {
    const { client } = createScene()
    let asked = 0
    const oauth = client({
      secrets: async () => {
        asked += 1
        return [old]
      },
    })
    const foreign = await client({ secrets: [fresh] }).issueSession(ada, hour)
    for (let tries = 0; tries < 5; tries++) expect(await oauth.readSession(foreign)).toBeUndefined()
    expect(asked).toBe(1)
  })

  test('that fails loses nothing, and is asked again by the next call', async () => {
    const { client } = createScene()
    const cause = new Error('the key service is away')
    const answers: (() => Promise<string[]>)[] = [() => Promise.reject(cause), async () => [old]]
    const oauth = client({ secrets: () => (answers.shift() ?? (async () => [old]))() })
    expect(await rejection(oauth.authorize())).toMatchObject({
      code: 'secrets_unavailable',
      retryable: true,
      status: 503,
      cause,
    })
    expect(await oauth.authorize()).toMatchObject({ attempt: expect.any(String) })
  })

  describe.each<[string, () => Promise<readonly string[]>, string]>([
    ['fails', () => Promise.reject(new Error('away')), 'secrets_unavailable'],
    ['never answers', () => new Promise(() => {}), 'secrets_unavailable'],
    ['gives secrets that can be guessed', async () => ['a'.repeat(40)], 'invalid_configuration'],
  ])('that knows a secret and, asked again for another, %s', (_, fault, code) => {
    const other = '1001:12'
    /** A client that knows one secret, and reads a record that is sealed with another one. */
    const createAskingScene = async () => {
      const scene = createScene()
      let answer: () => Promise<readonly string[]> = async () => [old]
      let asked = 0
      const oauth = scene.client({
        secrets: () => {
          asked += 1
          return answer()
        },
      })
      await scene.connect(oauth)
      await scene.clock.advance(hour / 2)
      const rotated = scene.client({ secrets: [fresh] })
      await scene.connect(rotated, other)
      answer = fault
      const recover = () => (answer = async () => [fresh, old])
      return { ...scene, oauth, rotated, recover, timesAsked: () => asked }
    }

    test('F86 keeps what is known in use for everything else, meanwhile and after that', async () => {
      const { clock, fake, oauth } = await createAskingScene()
      const reading = failure(oauth.installation(other).describe())
      const isInUse = async () => {
        const { url, attempt } = await oauth.authorize()
        expect(await oauth.answerCallback(await fake.approve(url), attempt)).toMatchObject({
          type: 'connected',
        })
        expect(await oauth.answerCallback(`${oauth.redirectUri}?error=access_denied`, attempt)).toMatchObject(
          { type: 'failed' },
        )
        expect(await oauth.installation(ada).describe()).toMatchObject({ status: 'active' })
      }
      await isInUse()
      await clock.advance(oauth.policy.storeTimeoutMs)
      expect(await reading).toBe(code)
      await isInUse()
    })

    // Weak secrets are a mistake that everybody should hear of.
    if (code === 'secrets_unavailable')
      test('F86 keeps lists and reseal() from no other record', async () => {
        const { clock, oauth } = await createAskingScene()
        const listing = collected(oauth.installations())
        const resealing = oauth.reseal()
        await clock.advance(2 * oauth.policy.storeTimeoutMs)
        expect((await listing).map(({ id, status }) => [id, status])).toEqual([
          [ada, 'active'],
          [other, 'unreadable'],
        ])
        expect(await resealing).toMatchObject({ failed: 1, failures: [{ id: other }] })
      })

    test('F86 replaces no record that the other secret would open', async () => {
      const { client, clock, fake, oauth, recover, rotated, store, timesAsked } = await createAskingScene()
      const before = await store.get(other)
      const asked = timesAsked()
      const answered = async () => {
        const { url, attempt } = await oauth.authorize()
        const answering = oauth.answerCallback(await fake.approve(url, { user: other }), attempt)
        await clock.advance(oauth.policy.storeTimeoutMs)
        return answering
      }
      expect(await answered()).toMatchObject({ type: 'failed', error: { code } })
      expect(await answered()).toMatchObject({ type: 'failed', error: { code } })
      expect([await store.get(other), timesAsked() - asked]).toEqual([before, 1])
      recover()
      await clock.advance(minute)
      expect(await answered()).toMatchObject({ type: 'connected', result: { firstTime: false } })
      expect(
        await client({ secrets: [fresh] })
          .installation(other)
          .history(),
      ).toHaveLength(2)
      expect(await rotated.installation(other).describe()).toMatchObject({ status: 'active' })
    })

    test('F86 is asked once by all who read such records', async () => {
      const { clock, oauth, timesAsked } = await createAskingScene()
      const asked = timesAsked()
      const readers = Array.from({ length: 5 }, () => failure(oauth.installation(other).describe()))
      await clock.advance(oauth.policy.storeTimeoutMs)
      expect(await Promise.all(readers)).toEqual(Array.from({ length: 5 }, () => code))
      expect(timesAsked() - asked).toBe(1)
    })
  })

  test('is waited for by all who read records of another secret while it is asked again', async () => {
    const { client, clock, connect } = createScene()
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    const answers = [async () => [old], () => promise]
    const oauth = client({ secrets: () => (answers.shift() ?? (async () => []))() })
    await connect(oauth)
    await clock.advance(hour / 2)
    await connect(client({ secrets: [fresh] }), '1001:12')
    const reading = [1, 2, 3].map(() => oauth.installation('1001:12').describe())
    expect(await oauth.installation(ada).describe()).toMatchObject({ status: 'active' })
    resolve([fresh, old])
    for (const each of await Promise.all(reading)) expect(each).toMatchObject({ status: 'active' })
  })

  test('is held to the same strength as an array, when they arrive', async () => {
    const { client } = createScene()
    const oauth = client({ secrets: async () => ['a'.repeat(40)] })
    expect(await failure(oauth.authorize())).toBe('invalid_configuration')
  })
})

describe('F79 a sealing secret that can be guessed is refused', () => {
  test.each([
    ['one character', 'a'.repeat(40)],
    ['nine different characters', '123456789'.repeat(5)],
    ['an example of this library', 'at least 32 random characters, kept outside the code'],
    ['another example', '32 random characters or more, from outside the code'],
    ['a placeholder', 'CHANGE_ME_CHANGE_ME_please_soon_1234567'],
    ['the client secret', 'the-client-secret-0123456789-abcdefgh'],
    ['a line break behind it', `${old}\n`],
  ])('%s', (_, secret) => {
    expect(secretProblems([old, secret], ['the-client-secret-0123456789-abcdefgh'])).toHaveLength(1)
    expect(secretProblems([old, secret], ['the-client-secret-0123456789-abcdefgh']).join()).not.toContain(
      secret,
    )
  })

  test('ten different characters are enough', () => {
    expect(secretProblems(['0123456789'.repeat(4)], [])).toEqual([])
  })
})
