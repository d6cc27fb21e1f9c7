import { describe, expect, test } from 'vitest'
import { connectedInstallation, createFakePipedrive, type FakePipedriveOptions } from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

interface Page {
  data: { id: number; name?: string; title?: string }[]
  additional_data: {
    next_cursor?: string | null
    pagination?: { start: number; limit: number; more_items_in_collection: boolean; next_start?: number }
  }
}

function createScene(options: FakePipedriveOptions = {}) {
  const scene = connectedInstallation({ scopes: ['deals:full', 'contacts:full'], ...options })
  const client = createTestClient(scene.fake)
  const api = (path: string, init?: RequestInit) => client.api(scene.tokens, path, init)
  const page = async (path: string) => (await jsonOf(api(path))) as Page
  return { ...scene, api, page }
}

const kinds = [
  ['deals', 'title'],
  ['persons', 'name'],
  ['organizations', 'name'],
] as const

describe.each(kinds)('%s', (kind, title) => {
  test('v2 gives every record once by cursor, whatever the limit', async () => {
    const { page } = createScene()
    for (const limit of [1, 3, 8, 100]) {
      const ids: number[] = []
      let cursor: string | null | undefined
      do {
        const next = await page(`/api/v2/${kind}?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
        ids.push(...next.data.map(({ id }) => id))
        cursor = next.additional_data.next_cursor
      } while (cursor)
      expect([limit, ids]).toEqual([limit, [1, 2, 3, 4, 5, 6, 7, 8]])
    }
  })

  test('the next page follows the last one, also if records around the cursor were deleted', async () => {
    for (const [direction, all] of [
      ['asc', [1, 2, 3, 4, 5, 6, 7, 8]],
      ['desc', [8, 7, 6, 5, 4, 3, 2, 1]],
    ] as const)
      for (const deleted of [[2], [3], [0, 1, 2], [2, 3], [2, 3, 4, 5, 6, 7]]) {
        const { api, page } = createScene()
        const path = `/api/v2/${kind}?limit=3&sort_direction=${direction}`
        const first = await page(path)
        const gone = deleted.map((at) => all[at])
        for (const id of gone) await api(`/api/v2/${kind}/${id}`, { method: 'DELETE' })
        const next = await page(`${path}&cursor=${first.additional_data.next_cursor}`)
        const left = all.slice(3).filter((id) => !gone.includes(id))
        expect([direction, deleted, next.data.map(({ id }) => id)]).toEqual([
          direction,
          deleted,
          left.slice(0, 3),
        ])
        expect(next.additional_data.next_cursor === null).toBe(left.length <= 3)
      }
  })

  test('a deleted id is not used again', async () => {
    const { api } = createScene()
    const add = async () => {
      const body = JSON.stringify({ [title]: 'New' })
      return ((await jsonOf(api(`/api/v2/${kind}`, { method: 'POST', body }))) as { data: { id: number } })
        .data.id
    }
    for (const id of [7, 8]) await api(`/api/v2/${kind}/${id}`, { method: 'DELETE' })
    expect(await add()).toBe(9)
    await api(`/api/v2/${kind}/9`, { method: 'DELETE' })
    expect(await add()).toBe(10)
  })

  test('v1 gives every record once by start', async () => {
    const { page } = createScene()
    const ids: number[] = []
    for (let start: number | undefined = 0; start !== undefined;) {
      const { data, additional_data } = await page(`/api/v1/${kind}?start=${start}&limit=3`)
      ids.push(...data.map(({ id }) => id))
      expect(additional_data.pagination).toMatchObject({ start, limit: 3 })
      start = additional_data.pagination?.next_start
    }
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('a record can be made, changed, found and deleted', async () => {
    const { api, page } = createScene()
    const send = (method: string, path: string, body: object) =>
      api(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    expect((await send('POST', `/api/v2/${kind}`, {})).status).toBe(400)
    const made = (await jsonOf(send('POST', `/api/v2/${kind}`, { [title]: 'Zebra' }))) as {
      data: { id: number; owner_id: number }
    }
    expect(made.data).toMatchObject({ id: 9, owner_id: 11, [title]: 'Zebra' })
    await send('PATCH', `/api/v2/${kind}/9`, { [title]: 'Zebra two' })
    const found = (await jsonOf(api(`/api/v2/${kind}/search?term=ZEBRA`))) as {
      data: { items: { item: object }[] }
    }
    expect(found.data.items).toMatchObject([{ item: { id: 9, [title]: 'Zebra two' } }])
    expect((await api(`/api/v2/${kind}/9`, { method: 'DELETE' })).status).toBe(200)
    expect((await api(`/api/v2/${kind}/9`)).status).toBe(404)
    expect((await page(`/api/v2/${kind}`)).data).toHaveLength(8)
  })

  test('a cursor that the fake did not give is refused', async () => {
    const { api } = createScene()
    for (const cursor of ['x', btoa('{}'), btoa('{"after":"1"}')])
      expect((await api(`/api/v2/${kind}?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400)
  })
})

test('persons and organizations need a scope of contacts, deals one of deals', async () => {
  const { api } = createScene({ scopes: ['contacts:read'] })
  const statuses = ['deals', 'persons', 'organizations'].map(
    async (kind) => (await api(`/api/v2/${kind}`)).status,
  )
  expect(await Promise.all(statuses)).toEqual([403, 200, 200])
  expect((await api('/api/v2/persons', { method: 'POST', body: '{"name":"A"}' })).status).toBe(403)
})

test('v1 shows a person with its old names, v2 with the new ones', async () => {
  const { api } = createScene()
  const inVersion = async (version: string) =>
    ((await jsonOf(api(`/api/${version}/persons/1`))) as { data: object }).data
  expect(await inVersion('v2')).toMatchObject({
    owner_id: 11,
    org_id: 1,
    emails: [{ value: 'person-1@customer-1.example' }],
  })
  const old = await inVersion('v1')
  expect(old).toMatchObject({
    owner_id: { id: 11 },
    org_id: { value: 1 },
    email: [{ value: 'person-1@customer-1.example' }],
  })
  expect(old).not.toHaveProperty('emails')
})

describe('limits', () => {
  const spent = (answer: Response) => Number(answer.headers.get('x-daily-ratelimit-token-remaining'))

  test.each([
    ['/api/v1/deals', 20],
    ['/api/v1/persons/1', 2],
    ['/api/v1/organizations/search?term=en', 40],
    ['/api/v2/organizations', 10],
    ['/api/v2/persons/1', 1],
    ['/api/v2/deals/search?term=en', 20],
  ])('%s costs %i API tokens', async (path, cost) => {
    const { api } = createScene({ dailyBudget: 100 })
    const answer = await api(path)
    expect([answer.status, spent(answer), answer.headers.get('x-daily-ratelimit-token-limit')]).toEqual([
      200,
      100 - cost,
      '100',
    ])
  })

  test('other apps of the company spend the same day, and midnight gives a new one', async () => {
    const { api, fake, clock } = createScene({ dailyBudget: 100 })
    expect(fake.spendDailyBudget('acme', 95)).toBe(5)
    expect((await api('/api/v2/deals/1')).status).toBe(200)
    const refused = await api('/api/v2/deals')
    expect([refused.status, spent(refused)]).toEqual([429, 0])
    expect(fake.spendDailyBudget('acme', 500)).toBe(0)
    await clock.advance(15 * 3_600_000)
    // The access token lives an hour, so a new one is needed after midnight.
    const tokens = fake.install()
    expect((await createTestClient(fake).api(tokens, '/api/v2/deals')).status).toBe(200)
  })

  test('searches have a window of ten requests in two seconds, and count in the window of all', async () => {
    const { api, clock } = createScene({ burstLimit: 12 })
    const search = () => api('/api/v2/deals/search?term=en')
    for (let count = 0; count < 10; count += 1) expect((await search()).status).toBe(200)
    const refused = await search()
    expect([refused.status, refused.headers.get('x-ratelimit-limit')]).toEqual([429, '10'])
    expect((await api('/api/v2/deals/1')).headers.get('x-ratelimit-remaining')).toBe('1')
    await clock.advance(2_000)
    expect((await search()).status).toBe(200)
  })

  test.each([
    ['all', true, true],
    ['burst', true, false],
    ['none', false, false],
  ] as const)(
    'with rateLimitHeaders: %s the limits hold all the same',
    async (rateLimitHeaders, burst, day) => {
      const { api } = createScene({ rateLimitHeaders, burstLimit: 1 })
      for (const status of [200, 429]) {
        const answer = await api('/api/v2/deals')
        expect([
          answer.status,
          answer.headers.has('x-ratelimit-limit'),
          answer.headers.has('x-daily-ratelimit-token-remaining'),
        ]).toEqual([status, burst, day])
      }
    },
  )
})

test('records of one company are not seen in another', async () => {
  const fake = createFakePipedrive({ scopes: ['contacts:full'] })
  const client = createTestClient(fake)
  const [acme, globex] = [fake.install('1001:11'), fake.install('1002:21')]
  await client.api(acme, '/api/v2/persons', { method: 'POST', body: '{"name":"Only here"}' })
  const { data } = (await jsonOf(client.api(globex, '/api/v2/persons'))) as Page
  expect(data).toHaveLength(8)
})
