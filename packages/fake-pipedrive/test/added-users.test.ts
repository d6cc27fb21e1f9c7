import { expect, test } from 'vitest'
import {
  createFakePipedrive,
  type FakePipedrive,
  type FakePipedriveOptions,
  type UserInput,
} from '../src/index.ts'
import { createTestClient } from './test-client.ts'

const first = { id: 1, companyId: 10 }
const newcomers = [
  { id: 2, companyId: 20 },
  { id: 3, companyId: 10 },
  { id: 4, companyId: 20 },
]

/** How users come to a fake. */
const ways: Record<string, (fake: FakePipedrive, user: UserInput) => Promise<unknown>> = {
  'addUser()': async (fake, user) => fake.addUser(user),
  async 'POST /__fake/users'(fake, user) {
    const { origin } = await fake.listen()
    const headers = { 'content-type': 'application/json' }
    return fetch(`${origin}/__fake/users`, { method: 'POST', headers, body: JSON.stringify(user) })
  },
}
const domains: Record<string, FakePipedriveOptions['apiDomain']> = {
  'its own host': undefined,
  'a host of all companies': 'https://api.test',
  'a host for each': ({ id }) => `https://company-${id}.test`,
  'a host of all, which is the host of one': 'https://company-10.pipedrive.com',
}

/** Returns the status of `users/me` for each user, at its `api_domain` and at the host of the first company. */
async function statuses(fake: FakePipedrive): Promise<number[][]> {
  const client = createTestClient(fake)
  return Promise.all(
    fake.users.map(async (user) => {
      const tokens = await client.install(user)
      const hosts = [tokens, { ...tokens, api_domain: 'https://company-10.pipedrive.com' }]
      return Promise.all(hosts.map(async (host) => (await client.api(host, '/v1/users/me')).status))
    }),
  )
}

for (const [domain, apiDomain] of Object.entries(domains))
  for (const [way, add] of Object.entries(ways))
    test(`a user of ${way} reaches the same hosts as one of the options: api_domain is ${domain}`, async () => {
      const options = { companies: [], apiDomain }
      await using fake = createFakePipedrive({ ...options, users: [first] })
      for (const user of newcomers) await add(fake, user)
      const expected = await statuses(createFakePipedrive({ ...options, users: [first, ...newcomers] }))
      expect(expected.map(([own]) => own)).toEqual([200, 200, 200, 200])
      expect(await statuses(fake)).toEqual(expected)
    })

test('a user is added once, with its company', () => {
  const fake = createFakePipedrive()
  const added = fake.addUser({ id: 77, companyId: 900, name: 'Eve' })
  expect(fake.install(added).api_domain).toBe('https://company-900.pipedrive.com')
  expect(() => fake.addUser({ id: 77, companyId: 900 })).toThrow('two users 900:77')
})
