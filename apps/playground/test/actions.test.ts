import { expect, test } from 'vitest'
import { connect, press, startDemo, textOf } from './demo.ts'

test('Refresh now replaces the access token with one token request', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  demo.fake.clearCalls()
  const after = await press(browser, page, 'refresh')
  expect(textOf(after)).toMatch(/The access token is a new one\. token requests 1 /)
  expect(textOf(after)).toContain('Refreshes 1')
  expect(demo.fake.tokenRequests()).toHaveLength(1)
})

test('100 callers on a valid token ask nobody', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  demo.fake.clearCalls()
  const after = await press(browser, page, 'callers')
  expect(textOf(after)).toMatch(/callers 100 answered 100 different tokens 1 token requests 0 /)
  expect(demo.fake.calls).toHaveLength(0)
})

test('Expire now asks nobody, and 100 callers after it make one token request', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  demo.fake.clearCalls()
  const expired = await press(browser, page, 'expire')
  expect(textOf(expired)).toMatch(/Active, token expired .*time left expired/)
  expect(textOf(expired)).toMatch(/It is \d\d:\d\d:\d\d here, an hour ahead/)
  expect(demo.fake.calls).toHaveLength(0)
  const after = await press(browser, expired, 'callers')
  expect(textOf(after)).toMatch(/callers 100 answered 100 different tokens 1 token requests 1 /)
  expect(demo.fake.tokenRequests()).toHaveLength(1)
})

test('Revoke access token makes the next reading refresh', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const revoked = await press(browser, page, 'revoke')
  expect(textOf(revoked)).toMatch(/The access token is dead/)
  expect(demo.fake.installations()[0]!.accessTokens).toEqual([])
  const after = await press(browser, revoked, 'read-deals')
  expect(textOf(after)).toMatch(/The API answered\. deals [1-9]/)
  expect(textOf(after)).toContain('Refreshes 1')
})

test('Kill it at Pipedrive is a 401 that one refresh answers', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const killed = await press(browser, page, 'kill')
  demo.fake.clearCalls()
  const after = await press(browser, killed, 'read-deals')
  expect(textOf(after)).toMatch(/The API answered\. deals [1-9]/)
  const answers = demo.fake.calls.map(({ endpoint, status }) => `${endpoint} ${status}`)
  expect(answers).toEqual(['api 401', 'token 200', 'api 200'])
})

test('Simulate outage: a valid token serves, an expired one brings the cooldown, and it ends', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const out = await press(browser, page, 'outage')
  expect(textOf(out)).toMatch(/Simulated outage: the token endpoint answers 503\./)
  expect(textOf(out)).toContain('End the outage')
  expect(textOf(await press(browser, out, 'read-deals'))).toMatch(/The API answered\./)

  await press(browser, out, 'expire')
  const cooling = await press(browser, out, 'callers')
  expect(textOf(cooling)).toMatch(/token_endpoint_unavailable callers 100 answered 0 /)
  expect(textOf(cooling)).toMatch(
    /Cooling down .*One refresh failed with token_endpoint_unavailable \. Next attempt: 0:0\d/,
  )
  const failing = await press(browser, out, 'read-deals')
  expect(textOf(failing)).toMatch(
    /Tokens are kept; .*token_endpoint_unavailable Below is what was read before\. Deal /,
  )

  const over = await press(browser, failing, 'outage')
  expect(textOf(over)).not.toContain('Simulated outage')
  demo.clock.forward(60_000)
  expect(textOf(await press(browser, over, 'read-deals'))).toMatch(/Active .*The API answered\./)
})

test('Uninstall at Pipedrive reaches our callback over HTTP', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const after = await press(browser, page, 'uninstall')
  expect(textOf(after)).toContain('Connect Pipedrive')
  expect(await Array.fromAsync(demo.playground.oauth.installations())).toEqual([])
})

test('an uninstall whose notice is lost is found out by the next refresh', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const unheard = await press(browser, page, 'uninstall-unheard')
  expect(unheard.text).toContain('data-state="active"')
  const after = await press(browser, unheard, 'refresh')
  expect(after.text).toContain('data-state="reauthorization_required"')
  expect(textOf(after)).toMatch(/Re-authorization required .*Only the user can help\. Connect again/)
  const again = await press(browser, after, 'uninstall')
  expect(textOf(again)).toContain('At Pipedrive the app is not installed for this user any more.')
  const { page: reconnected } = await connect(demo, '1001:11', browser)
  expect(textOf(reconnected)).toMatch(/Active .*Ada Lindqvist of Acme Trading connected again\./)
})

test('actions without an installation, or that are none, lead home', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  for (const action of ['explode', 'constructor'].map((name) => `/installations/1001:11/${name}`)) {
    const answer = await fetch(`${demo.origin}${action}`, {
      method: 'POST',
      headers: { origin: demo.origin, cookie: browser.cookiesFor(demo.origin) },
      redirect: 'manual',
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  }
  expect(textOf(page)).toContain('Press a button.')
})

test('a button of a page that another tab has left behind does nothing', async () => {
  const demo = await startDemo()
  const { browser, page: behind } = await connect(demo)
  await connect(demo, '1002:13', browser)
  demo.fake.clearCalls()
  const shown = await press(browser, behind, 'revoke')
  expect(textOf(shown)).toMatch(/Cleo Marsh Globex Logistics 1002:13 /)
  const refused = await browser.submit(behind, {}, '/pipedrive/disconnect?installation=1001:11')
  expect(refused.status).toBe(401)
  expect(demo.fake.calls.filter(({ endpoint }) => endpoint !== 'api')).toEqual([])
  expect(demo.fake.installations()).toHaveLength(2)
})
