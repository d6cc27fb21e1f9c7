import { describe, expect, test } from 'vitest'
import { createFakePipedrive, manualClock } from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

interface Deal {
  readonly id: number
  readonly title: string
  readonly status: string
}
interface DealPage {
  readonly data: readonly Deal[]
  readonly additional_data: { readonly next_cursor: string | null }
}

function createScene(options: Parameters<typeof createFakePipedrive>[0] = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...options })
  return { clock, fake, client: createTestClient(fake) }
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('identity', () => {
  test.each([
    ['https://acme.pipedrive.com', '/api/v1/users/me'],
    ['https://acme.pipedrive.com', '/v1/users/me'],
    ['https://api.pipedrive.com', '/v1/users/me'],
  ])('users/me at %s%s tells the ids that the token answer does not', async (api_domain, path) => {
    const { client } = createScene()
    const { access_token } = await client.install('1001:13')
    expect(await jsonOf(client.api({ access_token, api_domain }, path))).toMatchObject({
      success: true,
      data: {
        id: 13,
        company_id: 1001,
        company_domain: 'acme',
        name: 'Cleo Marsh',
        email: 'cleo@consulting.example',
      },
    })
  })
})

describe('admission', () => {
  test('answers 401 with the documented body to a missing, unknown, expired or killed token', async () => {
    const { client, fake } = createScene()
    const expired = await client.install('1001:11')
    fake.expireAccessTokens('1001:11')
    const killed = await client.install('1001:12')
    fake.killAccessTokens('1001:12')
    const unknown = { ...expired, access_token: 'unknown' }
    for (const answer of [
      await fake.fetch('https://acme.pipedrive.com/api/v1/users/me'),
      await client.api(unknown, '/api/v1/users/me'),
      await client.api(expired, '/api/v1/users/me'),
      await client.api(killed, '/api/v2/deals'),
    ]) {
      expect(answer.status).toBe(401)
      expect(await answer.json()).toEqual({ success: false, error: 'unauthorized access', errorCode: 401 })
    }
    expect(fake.serverAccepts(killed.refresh_token)).toBe(true)
  })

  test('refuses a token of one company at the host of another', async () => {
    const { client } = createScene()
    const acme = await client.install('1001:13')
    const globex = await client.install('1002:13')
    expect((await client.api({ ...acme, api_domain: globex.api_domain }, '/api/v1/users/me')).status).toBe(
      401,
    )
    expect((await client.api(globex, '/api/v1/users/me')).status).toBe(200)
  })

  test('still accepts the tokens of a user in one company after those in another were killed', async () => {
    const { client, fake } = createScene()
    const acme = await client.install('1001:13')
    const globex = await client.install('1002:13')
    fake.killAccessTokens('1001:13')
    expect([fake.serverAccepts(acme.access_token), fake.serverAccepts(globex.access_token)]).toEqual([
      false,
      true,
    ])
  })

  test('answers 402 to a company until it pays', async () => {
    const { client, fake } = createScene()
    const tokens = await client.install()
    fake.setCompanyStanding('acme', 'unpaid')
    expect((await client.api(tokens, '/api/v1/users/me')).status).toBe(402)
    fake.setCompanyStanding(1001, 'paying')
    expect((await client.api(tokens, '/api/v1/users/me')).status).toBe(200)
  })

  test('answers 403 to a missing scope, and a scope for reading does not allow writing', async () => {
    const { client } = createScene({ scopes: ['deals:read'] })
    const tokens = await client.install()
    expect((await client.api(tokens, '/api/v2/deals')).status).toBe(200)
    const answer = await client.api(tokens, '/api/v2/deals', json('POST', { title: 'x' }))
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: 'Scope and URL mismatch' })
  })

  test('answers 404 to an unknown path or deal', async () => {
    const { client } = createScene()
    const tokens = await client.install()
    expect((await client.api(tokens, '/api/v1/nonsense')).status).toBe(404)
    expect((await client.api(tokens, '/api/v2/deals/999')).status).toBe(404)
  })
})

describe('deals', () => {
  test('version 2 pages by cursor and returns every deal once', async () => {
    const { client } = createScene()
    const tokens = await client.install()
    const ids: number[] = []
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const path: string = `/api/v2/deals?limit=3&cursor=${encodeURIComponent(cursor)}`
      const page: DealPage = await jsonOf<DealPage>(client.api(tokens, path))
      ids.push(...page.data.map((deal) => deal.id))
      cursor = page.additional_data.next_cursor
    }
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect((await client.api(tokens, '/api/v2/deals?cursor=nonsense')).status).toBe(400)
  })

  test('version 2 filters and sorts', async () => {
    const { client } = createScene()
    const tokens = await client.install()
    const page = await jsonOf<DealPage>(client.api(tokens, '/api/v2/deals?status=won&sort_direction=desc'))
    expect(page.data.map((deal) => [deal.id, deal.status])).toEqual([
      [7, 'won'],
      [4, 'won'],
    ])
    expect((await jsonOf<DealPage>(client.api(tokens, '/api/v2/deals?ids=2,5'))).data).toHaveLength(2)
  })

  test('version 2 creates, reads, changes and deletes a deal', async () => {
    const { client } = createScene()
    const tokens = await client.install()
    const created = await client.api(
      tokens,
      '/api/v2/deals',
      json('POST', { title: 'New', value: 10, id: 77 }),
    )
    expect(created.status).toBe(201)
    const { data } = await jsonOf<{ data: Deal }>(created)
    expect(data).toMatchObject({
      id: 9,
      title: 'New',
      value: 10,
      owner_id: 11,
      currency: 'EUR',
      status: 'open',
    })
    const changed = await jsonOf(client.api(tokens, '/api/v2/deals/9', json('PATCH', { status: 'won' })))
    expect(changed).toMatchObject({ data: { id: 9, title: 'New', status: 'won' } })
    expect(await jsonOf(client.api(tokens, '/api/v2/deals/9', { method: 'DELETE' }))).toEqual({
      success: true,
      data: { id: 9 },
    })
    expect((await client.api(tokens, '/api/v2/deals/9')).status).toBe(404)
    expect((await client.api(tokens, '/api/v2/deals', json('POST', {}))).status).toBe(400)
  })

  test('version 1 pages by start and limit, shows the owner as an object, and changes with PUT', async () => {
    const { client } = createScene()
    const tokens = await client.install()
    expect(await jsonOf(client.api(tokens, '/api/v1/deals?start=6&limit=1'))).toMatchObject({
      data: [{ id: 7, user_id: { id: 11, name: 'Ada Lindqvist' } }],
      additional_data: { pagination: { start: 6, limit: 1, more_items_in_collection: true, next_start: 7 } },
    })
    const put = await jsonOf(client.api(tokens, '/v1/deals/7', json('PUT', { user_id: 12 })))
    expect(put).toMatchObject({ data: { user_id: { id: 12, name: 'Bo Tamm' } } })
  })

  test('each company has its own deals', async () => {
    const { client } = createScene()
    const acme = await client.install('1001:13')
    const globex = await client.install('1002:13')
    await client.api(acme, '/api/v2/deals/1', { method: 'DELETE' })
    expect((await client.api(globex, '/api/v2/deals/1')).status).toBe(200)
  })
})

describe('limits', () => {
  const limitHeaders = ({ headers }: Response) => ({
    limit: headers.get('x-ratelimit-limit'),
    remaining: headers.get('x-ratelimit-remaining'),
    reset: headers.get('x-ratelimit-reset'),
    today: headers.get('x-daily-ratelimit-token-remaining'),
  })

  test('every response says how much is left', async () => {
    const { client } = createScene({ companies: [{ id: 1001, domain: 'acme', plan: 'lite', seats: 1 }] })
    const tokens = await client.install()
    const answer = await client.api(tokens, '/api/v1/users/me')
    expect(limitHeaders(answer)).toEqual({ limit: '80', remaining: '79', reset: '2', today: '29998' })
  })

  test('the burst limit counts per access token in a rolling window', async () => {
    const { client, clock } = createScene({ burstLimit: 2 })
    const ada = await client.install('1001:11')
    const bo = await client.install('1001:12')
    const statusOf = async (tokens: typeof ada) => (await client.api(tokens, '/api/v1/users/me')).status
    expect(await statusOf(ada)).toBe(200)
    await clock.advance(1_500)
    expect(await statusOf(ada)).toBe(200)
    const refused = await client.api(ada, '/api/v1/users/me')
    expect(refused.status).toBe(429)
    expect(limitHeaders(refused)).toMatchObject({ limit: '2', remaining: '0', reset: '1' })
    expect(await statusOf(bo)).toBe(200)
    await clock.advance(500)
    expect(await statusOf(ada)).toBe(200)
    expect(await statusOf(ada)).toBe(429)
  })

  test('the daily budget counts per company and starts again at midnight UTC', async () => {
    const { client, fake, clock } = createScene({ dailyBudget: 100 })
    const ada = await client.install('1001:11')
    const bo = await client.install('1001:12')
    const dan = await client.install('1002:21')
    fake.setDailyBudget('acme', 3)
    expect((await client.api(ada, '/api/v1/users/me')).status).toBe(200)
    const refused = await client.api(bo, '/api/v1/users/me')
    expect(refused.status).toBe(429)
    expect(limitHeaders(refused)).toMatchObject({ today: '0', remaining: '480' })
    expect((await client.api(dan, '/api/v1/users/me')).status).toBe(200)
    await clock.advance(Date.UTC(2026, 0, 6) - clock.now())
    const next = await client.install('1001:12')
    expect(limitHeaders(await client.api(next, '/api/v1/users/me'))).toMatchObject({ today: '98' })
  })

  test('a burst limit can be set for one company', async () => {
    const { client, fake } = createScene()
    const tokens = await client.install()
    fake.setBurstLimit('acme', 0)
    expect((await client.api(tokens, '/api/v1/users/me')).status).toBe(429)
  })
})
