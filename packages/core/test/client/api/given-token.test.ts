import { expect, test } from 'vitest'
import { ada, createScene, failure, hour } from '../../flow/scene.ts'

/** A connected user, whose token is handed to a client that stores nothing. */
async function createGivenTokenScene() {
  const scene = createScene()
  const accessToken = await scene
    .connect(scene.client())
    .then(() => scene.client().installation(ada).accessToken())
  const apiDomain = 'https://acme.pipedrive.com'
  return { ...scene, accessToken, access: scene.client().withAccessToken({ accessToken, apiDomain }) }
}

test('withAccessToken() calls the API with the token it was given', async () => {
  const { access, accessToken } = await createGivenTokenScene()
  expect(await access.accessToken()).toBe(accessToken)
  expect((await access.fetch('/api/v2/deals')).status).toBe(200)
  expect(await access.api<object>('/api/v2/deals')).toMatchObject({ success: true })
  const { accessToken: sdkToken, basePath } = await access.sdk('v2')
  expect(basePath).toBe('https://acme.pipedrive.com/api/v2')
  expect(await sdkToken()).toBe(accessToken)
})

test('withAccessToken() never refreshes: it returns a 401', async () => {
  const { access, clock, refreshes } = await createGivenTokenScene()
  await clock.advance(2 * hour)
  expect((await access.fetch('/api/v2/deals')).status).toBe(401)
  expect(refreshes()).toBe(0)
})

test('F31 withAccessToken() sends the token to Pipedrive’s hosts only', async () => {
  const { access, accessToken, client } = await createGivenTokenScene()
  expect(await failure(access.fetch('https://example.com/api/v2/deals'))).toBe('foreign_origin')
  const to = (apiDomain: string) => async () => client().withAccessToken({ accessToken, apiDomain })
  for (const apiDomain of ['https://example.com', 'http://acme.pipedrive.com', 'nonsense', ''])
    expect(await failure(to(apiDomain)())).toBe('invalid_argument')
})

test.each(['', 'Bearer abc', 'with\nnewline'])(
  'withAccessToken() refuses %j as a token',
  async (accessToken) => {
    const { client } = createScene()
    const use = async () => client().withAccessToken({ accessToken })
    expect(await failure(use())).toBe('invalid_argument')
  },
)

test('withAccessToken() names what is wrong, and only that', () => {
  const oauth = createScene().client()
  const ofToken = 'accessToken must be the access token, without `Bearer` before it'
  const ofDomain = 'apiDomain must be an https address of pipedrive.com, or endpoints.api'
  const given = [
    [{ accessToken: '' }, [ofToken]],
    [{ accessToken: 'v1u:x', apiDomain: 'https://example.com' }, [ofDomain]],
    [{ accessToken: '', apiDomain: 'https://example.com' }, [ofToken, ofDomain]],
    [undefined, [ofToken]],
  ] as const
  for (const [token, problems] of given)
    expect(() => oauth.withAccessToken(token as never)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', problems }),
    )
})

test('an SDK configuration of withAccessToken() is of version 1 or 2', async () => {
  const { access } = await createGivenTokenScene()
  expect((await access.sdk('v1')).basePath).toBe('https://acme.pipedrive.com/api/v1')
  expect(await failure(access.sdk('v3' as 'v2'))).toBe('invalid_argument')
})
