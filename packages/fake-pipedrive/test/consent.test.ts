import { describe, expect, test } from 'vitest'
import { createFakePipedrive } from '../src/index.ts'
import { createTestClient } from './test-client.ts'

const consentPage = 'https://oauth.pipedrive.com/oauth/authorize'

describe('approve() and deny()', () => {
  test('approve() returns the callback URL with code and state', async () => {
    const fake = createFakePipedrive({ redirectUri: 'https://app.example/callback?tenant=7' })
    const url = new URL(await fake.approve(fake.authorizeUrl({ state: 'a b&c' })))
    expect(url.href.startsWith('https://app.example/callback?tenant=7&')).toBe(true)
    expect(url.searchParams.get('state')).toBe('a b&c')
    expect(url.searchParams.get('code')).toMatch(/^[0-9a-f]{40}$/)
  })

  test('omitState leaves out the state, as an install from the Marketplace does', async () => {
    const fake = createFakePipedrive()
    const url = new URL(await fake.approve(fake.authorizeUrl({ state: 'x' }), { omitState: true }))
    expect([...url.searchParams.keys()]).toEqual(['code'])
  })

  test('deny() returns the error, by default user_denied, and the state', () => {
    const fake = createFakePipedrive()
    const parameters = (url: string) => Object.fromEntries(new URL(url).searchParams)
    const authorizeUrl = fake.authorizeUrl({ state: 'x' })
    expect(parameters(fake.deny(authorizeUrl))).toEqual({ error: 'user_denied', state: 'x' })
    expect(parameters(fake.deny(authorizeUrl, { error: 'access_denied' }))).toEqual({
      error: 'access_denied',
      state: 'x',
    })
  })

  test.each([
    ['an id', 12, '1001:12'],
    ['an e-mail address', 'dan@globex.example', '1002:21'],
    ['company and user', '1002:13', '1002:13'],
    ['an object', { companyId: 1001, id: 13 }, '1001:13'],
    ['nobody, and so the first', undefined, '1001:11'],
  ])('a user can be named by %s', async (_, user, id) => {
    const fake = createFakePipedrive()
    await createTestClient(fake).install(user)
    expect(fake.installations().map((installation) => installation.id)).toEqual([id])
  })

  test('a user id that exists in two companies is refused without its company', async () => {
    const fake = createFakePipedrive()
    await expect(fake.approve(fake.authorizeUrl(), { user: 13 })).rejects.toThrow(
      "use '1001:13' or '1002:13'",
    )
    await expect(fake.approve(fake.authorizeUrl(), { user: 99 })).rejects.toThrow('no user 99')
  })

  test('a wrong client id, an inexact callback URL and another page are refused', async () => {
    const fake = createFakePipedrive()
    const changed = (name: string, value: string) => {
      const url = new URL(fake.authorizeUrl())
      url.searchParams.set(name, value)
      return url
    }
    await expect(fake.approve(changed('client_id', 'other'))).rejects.toThrow("'other'")
    await expect(fake.approve(changed('redirect_uri', `${fake.app.redirectUri}/`))).rejects.toThrow(
      'not the app',
    )
    expect(() => fake.deny(changed('redirect_uri', 'https://evil.example/'))).toThrow('not the app')
    await expect(fake.approve('https://oauth.pipedrive.com/authorize')).rejects.toThrow(
      'not the consent page',
    )
  })
})

describe('the consent page', () => {
  const submit = (fake: ReturnType<typeof createFakePipedrive>, form: Record<string, string>) =>
    fake.fetch(consentPage, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })

  /** Submits the form as a browser does: every hidden field of the page, and what the user chose. */
  async function fillIn(
    fake: ReturnType<typeof createFakePipedrive>,
    url: string,
    chosen: Record<string, string>,
  ) {
    const page = await (await fake.fetch(url)).text()
    const hidden = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)]
    const unescaped = (text: string) =>
      text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
    return submit(fake, {
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, unescaped(value!)])),
      ...chosen,
    })
  }

  test('shows that it is a fake, the app, its scopes and all users', async () => {
    const fake = createFakePipedrive({ appName: 'Northwind Sync', scopes: ['leads:read'] })
    const answer = await fake.fetch(fake.authorizeUrl())
    const page = await answer.text()
    expect(answer.headers.get('content-type')).toContain('text/html')
    for (const text of [
      'Fake Pipedrive',
      'Northwind Sync',
      'See leads',
      'leads:read',
      'Allow and install',
      'Cancel',
    ]) {
      expect(page).toContain(text)
    }
    for (const user of fake.users) expect(page).toContain(user.name)
  })

  test('redirects the chosen user to the callback URL with a working code after "Allow"', async () => {
    const fake = createFakePipedrive()
    const client = createTestClient(fake)
    const answer = await fillIn(fake, fake.authorizeUrl({ state: '"<&>' }), {
      user: '1002:21',
      decision: 'allow',
    })
    expect(answer.status).toBe(303)
    const location = new URL(answer.headers.get('location')!)
    expect(location.searchParams.get('state')).toBe('"<&>')
    const code = location.searchParams.get('code')!
    const redirect_uri = fake.app.redirectUri
    expect((await client.token({ grant_type: 'authorization_code', code, redirect_uri })).status).toBe(200)
    expect(fake.installations()).toMatchObject([{ id: '1002:21' }])
  })

  test('redirects with the error after "Cancel"', async () => {
    const fake = createFakePipedrive()
    const answer = await fillIn(fake, fake.authorizeUrl({ state: 's' }), {
      user: '1001:11',
      decision: 'cancel',
    })
    expect(answer.headers.get('location')).toBe(`${fake.app.redirectUri}?state=s&error=user_denied`)
  })

  test('puts no state into the callback if the request had none', async () => {
    const fake = createFakePipedrive()
    const answer = await fillIn(fake, fake.authorizeUrl(), { user: '1001:11', decision: 'allow' })
    expect(new URL(answer.headers.get('location')!).searchParams.has('state')).toBe(false)
  })

  test.each([
    ['client id', { client_id: 'other' }],
    ['callback URL', { redirect_uri: 'https://evil.example/"><script>' }],
  ])('answers a wrong %s with a page and does not redirect', async (_, wrong) => {
    const fake = createFakePipedrive()
    const right = { client_id: fake.app.clientId, redirect_uri: fake.app.redirectUri }
    const parameters = { ...right, ...wrong }
    const shown = await fake.fetch(`${consentPage}?${new URLSearchParams(parameters)}`, {
      redirect: 'manual',
    })
    const submitted = await submit(fake, { ...parameters, user: '1001:11', decision: 'allow' })
    for (const answer of [shown, submitted]) {
      expect(answer.status).toBe(400)
      expect(answer.headers.has('location')).toBe(false)
      expect(await answer.text()).not.toContain('<script>')
    }
  })

  test('answers an unknown user with a page', async () => {
    const fake = createFakePipedrive()
    const answer = await fillIn(fake, fake.authorizeUrl(), { user: '9:9', decision: 'allow' })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('no user 9:9')])
  })

  test('leads the browser to the app if appFetch reaches it', async () => {
    const reached: string[] = []
    const fake = createFakePipedrive({
      appFetch(request) {
        reached.push(request.url)
        return new Response('welcome')
      },
    })
    const body = new URLSearchParams({
      client_id: fake.app.clientId,
      redirect_uri: fake.app.redirectUri,
      decision: 'cancel',
    })
    const answer = await fake.fetch(consentPage, { method: 'POST', body })
    expect(await answer.text()).toBe('welcome')
    expect(reached).toEqual([`${fake.app.redirectUri}?error=user_denied`])
  })
})
