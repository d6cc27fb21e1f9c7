import { describe, expect, test } from 'vitest'
import { ada, createScene, failure, rejection, hour } from '../../flow/scene.ts'

describe('authorize({ reference })', () => {
  test('comes back from callback(), is stored, described and listed', async () => {
    const { client, fake } = createScene()
    const oauth = client()
    const { url, attempt } = await oauth.authorize({ reference: 'tenant-7' })
    expect(await oauth.callback(await fake.approve(url), attempt)).toMatchObject({ reference: 'tenant-7' })
    expect(await client().installation(ada).describe()).toMatchObject({ reference: 'tenant-7' })
    for await (const listed of client().installations())
      expect(listed).toMatchObject({ reference: 'tenant-7' })
  })

  test('stays through a refresh and a re-install without one; another one replaces it, as an event', async () => {
    const { client, clock, connect, events, fake } = createScene()
    const oauth = client()
    const first = await oauth.authorize({ reference: 'tenant-7' })
    await oauth.callback(await fake.approve(first.url), first.attempt)
    await clock.advance(2 * hour)
    await oauth.installation(ada).accessToken()
    await connect(oauth)
    expect(await oauth.installation(ada).describe()).toMatchObject({ reference: 'tenant-7' })
    const second = await oauth.authorize({ reference: 'tenant-8' })
    await oauth.callback(await fake.approve(second.url), second.attempt)
    expect(events.at(-1)).toMatchObject({
      type: 'reference_changed',
      reference: 'tenant-8',
      previous: 'tenant-7',
      installationId: ada,
    })
    expect((await oauth.installation(ada).history())?.map(({ kind }) => kind)).toEqual([
      'installed',
      'refreshed',
      'installed',
      'installed',
      'reference_changed',
    ])
  })

  test.each(['', 'x'.repeat(201), 7, null])('refuses %o', async (reference) => {
    const { client } = createScene()
    expect(await failure(client().authorize({ reference: reference as string }))).toBe('invalid_argument')
    expect(await failure(client().adopt({ refreshToken: 'r' }, { reference: reference as string }))).toBe(
      'invalid_argument',
    )
  })
})

describe('authorize({ expect })', () => {
  test.each([
    ['an id', ada],
    ['two ids', { companyId: 1001, userId: 11 }],
    ['a company', { companyId: 1001 }],
  ] as const)('lets the expected account in: %s', async (_, expected) => {
    const { client, fake } = createScene()
    const oauth = client()
    const { url, attempt } = await oauth.authorize({ expect: expected })
    expect((await oauth.callback(await fake.approve(url), attempt)).installation.id).toBe(ada)
  })

  test.each([
    ['another user', '1001:12'],
    ['another company', '1002:11'],
    ['another company alone', { companyId: 1002 }],
  ] as const)(
    'stores nothing for another account than %s, however often the callback comes',
    async (_, expected) => {
      const { client, fake, store } = createScene()
      const oauth = client()
      const { url, attempt } = await oauth.authorize({ expect: expected })
      const callback = await fake.approve(url)
      expect(await rejection(oauth.callback(callback, attempt))).toMatchObject({
        code: 'unexpected_account',
        installationId: ada,
      })
      expect(await failure(oauth.callback(callback, attempt))).not.toBe('')
      expect(await store.get(ada)).toBeUndefined()
    },
  )

  test.each([
    '',
    '1001',
    '1001:0',
    { companyId: 0 },
    { userId: 1 },
    { companyId: 1, userId: -1 },
    { companyId: 1001, userId: null },
    { companyId: 1001, userId: '11' },
    { companyId: '1001' },
    { companyId: 1.5 },
    null,
    7,
  ])('refuses %o', async (expected) => {
    const { client } = createScene()
    expect(await failure(client().authorize({ expect: expected as never }))).toBe('invalid_argument')
  })
})
