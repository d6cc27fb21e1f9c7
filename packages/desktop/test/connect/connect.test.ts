import { createFakePipedrive, manualClock, type FakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, type TokenStore } from '@pd/oauth-core'
import { tokenResponse } from '@pd/test-support'
import { allowing } from '@pd/test-support/browser-that'
import { describe, expect, test } from 'vitest'
import { connect, sharedMemoryStore, type ConnectOptions, type OpenContext } from '../../src/index.ts'
import { useBrowser } from '../login/use-browser.ts'
import { startDesktop, visit, sealingSecret } from '../login/desktop.ts'

const hour = 60 * 60_000

interface Response {
  readonly access_token: string
  readonly refresh_token: string
}

function createScene(store: TokenStore = memoryStore()) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const { clientId, clientSecret, redirectUri } = fake.app
  const make = () =>
    new PipedriveOAuth({
      clientId,
      clientSecret,
      redirectUri,
      secrets: [sealingSecret],
      store,
      clock,
      fetch: fake.fetch,
    })
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length
  return { clock, fake, make, oauth: make(), refreshes }
}

const given = async (fake: FakePipedrive, user = '1001:11') => (await tokenResponse(fake, user)) as Response

describe('mode off', () => {
  test('uses the token it is given, and neither stores nor refreshes it', async () => {
    const { clock, fake, oauth, refreshes } = createScene()
    const { access_token: accessToken } = await given(fake)
    const apiDomain = 'https://acme.pipedrive.com'
    const pipedrive = await connect(oauth, { mode: 'off', accessToken, apiDomain })
    expect(await pipedrive.accessToken()).toBe(accessToken)
    expect(await pipedrive.api('/api/v2/deals')).toMatchObject({ success: true })
    expect(await pipedrive.sdk('v2')).toMatchObject({ basePath: `${apiDomain}/api/v2` })
    await clock.advance(2 * hour)
    expect((await pipedrive.fetch('/api/v2/deals')).status).toBe(401)
    expect([refreshes(), (await oauth.installations().next()).done]).toEqual([0, true])
  })

  test('refuses what is no token, or an address that a token must not go to', async () => {
    const { oauth } = createScene()
    const options = { mode: 'off', accessToken: '', apiDomain: 'https://evil.example' } as const
    await expect(connect(oauth, options)).rejects.toMatchObject({
      problems: [expect.stringContaining('accessToken'), expect.stringContaining('apiDomain')],
    })
  })
})

describe('mode refresh', () => {
  test('without anything stored asks nobody and says so', async () => {
    const { oauth } = createScene()
    await expect(connect(oauth, { mode: 'refresh' })).rejects.toMatchObject({ code: 'not_installed' })
    await expect(connect(oauth, { mode: 'refresh', installation: '1:2' })).rejects.toMatchObject({
      code: 'not_installed',
      installationId: '1:2',
    })
  })

  test('begins with a refresh token alone, and goes on from what is stored', async () => {
    const { clock, fake, make, refreshes } = createScene()
    const { refresh_token: refreshToken } = await given(fake)
    const first = await connect(make(), { mode: 'refresh', refreshToken })
    expect([first.id, refreshes()]).toEqual(['1001:11', 1])
    const again = await connect(make(), { mode: 'refresh', refreshToken })
    expect([await again.accessToken(), refreshes()]).toEqual([await first.accessToken(), 1])
    await clock.advance(2 * hour)
    expect(await again.api('/api/v2/deals')).toMatchObject({ success: true })
    expect(refreshes()).toBe(2)
  })

  test('F25 stores a refresh token for whom it is, and says so when somebody else was named', async () => {
    const { fake, oauth, refreshes } = createScene()
    const { refresh_token: refreshToken } = await given(fake, '1002:13')
    const named = connect(oauth, { mode: 'refresh', refreshToken, installation: '1001:11' })
    await expect(named).rejects.toMatchObject({ code: 'not_installed', installationId: '1001:11' })
    const { id } = await connect(oauth, { mode: 'refresh', installation: '1002:13' })
    expect([id, refreshes()]).toEqual(['1002:13', 1])
    expect(await oauth.installation('1001:11').describe()).toBeUndefined()
  })

  test('F12 begins with a token response of an hour ago, which counts as an hour old', async () => {
    const { clock, fake, oauth, refreshes } = createScene()
    const tokens = await given(fake)
    const obtainedAt = clock.now()
    await clock.advance(2 * hour)
    const { id } = await connect(oauth, { mode: 'refresh', tokenResponse: tokens, obtainedAt })
    expect([id, refreshes()]).toEqual(['1001:11', 1])
  })

  test('takes the token it is given where the stored grant has ended', async () => {
    const { clock, fake, oauth } = createScene()
    await connect(oauth, { mode: 'refresh', tokenResponse: await given(fake) })
    await fake.uninstall()
    await clock.advance(2 * hour)
    // The second time, the record says so.
    for (const _time of [1, 2])
      await expect(connect(oauth, { mode: 'refresh' })).rejects.toMatchObject({
        code: 'reauthorization_required',
        installationId: '1001:11',
      })
    const { refresh_token: refreshToken } = await given(fake)
    const { id } = await connect(oauth, { mode: 'refresh', refreshToken })
    expect(id).toBe('1001:11')
  })

  test('takes the token of the account that was named', async () => {
    const { fake, oauth } = createScene()
    const { refresh_token: refreshToken } = await given(fake, '1002:13')
    const { id } = await connect(oauth, { mode: 'refresh', refreshToken, installation: '1002:13' })
    expect(id).toBe('1002:13')
  })

  test('a store that is away is no reason to take the token', async () => {
    const { fake, oauth } = createScene({
      get: () => Promise.reject(new Error('disk is gone')),
      compareAndSet: () => expect.unreachable(),
    })
    const { refresh_token: refreshToken } = await given(fake)
    const options = { mode: 'refresh', refreshToken, installation: '1001:11' } as const
    await expect(connect(oauth, options)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])
  })

  test('with a refresh token that Pipedrive refuses says that the user is needed', async () => {
    const { oauth } = createScene()
    await expect(connect(oauth, { mode: 'refresh', refreshToken: 'over' })).rejects.toMatchObject({
      code: 'reauthorization_required',
    })
  })

  test('with several stored wants one to be named, and names them', async () => {
    const { fake, oauth } = createScene()
    for (const user of ['1001:11', '1002:13']) await oauth.adopt(await given(fake, user))
    await expect(connect(oauth, { mode: 'refresh' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/1001:11, 1002:13.*name one/),
    })
    const { id } = await connect(oauth, { mode: 'refresh', installation: '1002:13' })
    expect(id).toBe('1002:13')
  })

  test('over a store without a list wants the installation to be named', async () => {
    const { get, compareAndSet } = memoryStore()
    const { fake, oauth } = createScene({ get, compareAndSet })
    await oauth.adopt(await given(fake))
    await expect(connect(oauth, { mode: 'refresh' })).rejects.toMatchObject({ code: 'unsupported_by_store' })
    expect((await connect(oauth, { mode: 'refresh', installation: '1001:11' })).id).toBe('1001:11')
  })
})

describe('mode login-and-refresh', () => {
  test('logs in once, and then goes on from what is stored', async () => {
    const { fake, oauth } = await startDesktop()
    const asked: string[] = []
    const open = async (_page: string, { url }: OpenContext) => {
      asked.push(url)
      await visit(await fake.approve(url))
    }
    const first = await connect(oauth, { mode: 'login-and-refresh', login: { open } })
    const again = await connect(oauth, { mode: 'login-and-refresh', login: { open } })
    expect([first.id, again.id, asked.length]).toEqual(['1001:11', '1001:11', 1])
  })

  // `program.test.ts` says so where it cannot be tried.
  test.runIf(process.platform === 'linux')(
    'needs no options for the login in the system’s browser',
    async () => {
      useBrowser(allowing)
      const { oauth } = await startDesktop()
      expect((await connect(oauth, { mode: 'login-and-refresh' })).id).toBe('1001:11')
    },
  )

  test('logs in again when the grant has ended', async () => {
    const { fake, oauth } = await startDesktop()
    const open = async (_page: string, { url }: OpenContext) => void (await visit(await fake.approve(url)))
    const { id } = await connect(oauth, { mode: 'login-and-refresh', login: { open } })
    await fake.uninstall(id)
    await expect(oauth.installation(id).refresh()).rejects.toMatchObject({ code: 'reauthorization_required' })
    const again = await connect(oauth, { mode: 'login-and-refresh', login: { open } })
    expect(await again.describe()).toMatchObject({ status: 'active' })
  })

  test('stores nothing when somebody else logs in than was named', async () => {
    const { fake, oauth } = await startDesktop()
    const open = async (_page: string, { url }: OpenContext) =>
      void (await visit(await fake.approve(url, { user: '1002:13' })))
    const options = { mode: 'login-and-refresh', installation: '1001:11', login: { open } } as const
    await expect(connect(oauth, options)).rejects.toMatchObject({ code: 'unexpected_account' })
    expect(await Array.fromAsync(oauth.installations())).toEqual([])
  })

  test('a temporary failure opens no browser', async () => {
    const { fake, oauth } = await startDesktop({ client: { policy: { requestsPerRefresh: 1 } } })
    await oauth.adopt({ ...(await given(fake)), expires_in: 0 }, { account: { companyId: 1001, userId: 11 } })
    fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
    const open = () => expect.unreachable()
    await expect(connect(oauth, { mode: 'login-and-refresh', login: { open } })).rejects.toMatchObject({
      code: 'token_endpoint_unavailable',
    })
  })
})

describe('where a grant has ended and another account took its place', () => {
  test('a program logs in once, and then goes on with that account', async () => {
    const { fake, oauth } = await startDesktop()
    const users = ['1001:11', '1001:12', '1002:13', '1001:11']
    const asked: string[] = []
    const open = async (_page: string, { url }: OpenContext) => {
      asked.push(url)
      await visit(await fake.approve(url, { user: users[asked.length - 1]! }))
    }
    for (const [index, user] of users.entries()) {
      for (let start = 1; start <= 2; start += 1) {
        const { id } = await connect(oauth, { mode: 'login-and-refresh', login: { open } })
        expect([id, asked.length]).toEqual([user, index + 1])
      }
      await fake.uninstall(user)
      await expect(oauth.installation(user).refresh()).rejects.toMatchObject({
        code: 'reauthorization_required',
      })
    }
  })

  test('a job goes on with the account of the token that it was given', async () => {
    const { fake, oauth } = createScene()
    await connect(oauth, { mode: 'refresh', tokenResponse: await given(fake, '1001:11') })
    await fake.uninstall('1001:11')
    await expect(oauth.installation('1001:11').refresh()).rejects.toThrow()
    const { refresh_token: refreshToken } = await given(fake, '1002:13')
    for (const more of [{ refreshToken }, { refreshToken }, {}])
      expect((await connect(oauth, { mode: 'refresh', ...more })).id).toBe('1002:13')
    await expect(connect(oauth, { mode: 'refresh', installation: '1001:11' })).rejects.toMatchObject({
      code: 'reauthorization_required',
    })
  })

  test('only those whose grants last are named as a choice', async () => {
    const { fake, oauth } = createScene()
    for (const user of ['1001:11', '1001:12', '1002:13']) await oauth.adopt(await given(fake, user))
    await fake.uninstall('1001:11')
    await expect(oauth.installation('1001:11').refresh()).rejects.toThrow()
    await expect(connect(oauth, { mode: 'refresh' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('(1001:12, 1002:13)'),
    })
  })
})

test.each([
  [
    { mode: 'off', accessToken: 'v1u:x', api_domain: 'https://a.pipedrive.com' },
    'api_domain is not a known option',
  ],
  [{ mode: 'refresh', refresh_token: 'x' }, 'refresh_token is not a known option'],
  [{ mode: 'login-and-refresh', refreshToken: 'x' }, 'refreshToken is not a known option'],
  [{ mode: 'login-and-refresh', login: { timeout: 5 } }, 'timeout is not a known option'],
])('%j is refused: %s', async (options, problem) => {
  const { oauth } = await startDesktop()
  await expect(connect(oauth, options as never)).rejects.toMatchObject({
    code: 'invalid_argument',
    problems: [problem],
  })
})

test.each([{ mode: 'GETANDREFRESH' }, {}, undefined])(
  'the mode of %j is refused, with the modes there are',
  async (options) => {
    const { oauth } = createScene()
    await expect(
      connect(oauth, options as Extract<ConnectOptions, { mode: 'refresh' }>),
    ).rejects.toMatchObject({
      message: expect.stringContaining('off, refresh or login-and-refresh'),
    })
  },
)

test('a store in memory is shared by name within the process', async () => {
  const { fake, oauth } = createScene(sharedMemoryStore('one'))
  await oauth.adopt(await given(fake))
  expect((await createScene(sharedMemoryStore('one')).oauth.installations().next()).done).toBe(false)
  expect((await createScene(sharedMemoryStore('another')).oauth.installations().next()).done).toBe(true)
})
