import { expect, test } from 'vitest'
import { connect, press, createScene, textOf } from './scene.ts'

test('Refresh now replaces the access token with one token request', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  scene.fake.clearCalls()
  const after = await press(browser, page, 'refresh')
  expect(textOf(after)).toMatch(/The library has a new access token\. token requests 1 /)
  expect(textOf(after)).toContain('Refreshes 1')
  expect(scene.fake.tokenRequests()).toHaveLength(1)
})

test('100 callers on a valid token make no request to Pipedrive', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  scene.fake.clearCalls()
  const after = await press(browser, page, 'callers')
  expect(textOf(after)).toMatch(/callers 100 answered 100 different tokens 1 token requests 0 /)
  expect(scene.fake.calls).toHaveLength(0)
})

test('Expire now makes no request, and 100 callers after it make one token request', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  scene.fake.clearCalls()
  const expired = await press(browser, page, 'expire')
  expect(textOf(expired)).toMatch(/Active, token expired .*time left expired/)
  expect(textOf(expired)).toMatch(/Playground time \d\d:\d\d:\d\d , an hour ahead/)
  expect(scene.fake.calls).toHaveLength(0)
  const after = await press(browser, expired, 'callers')
  expect(textOf(after)).toMatch(/callers 100 answered 100 different tokens 1 token requests 1 /)
  expect(scene.fake.tokenRequests()).toHaveLength(1)
})

test('Revoke access token makes the next request to the API refresh', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const revoked = await press(browser, page, 'revoke')
  expect(textOf(revoked)).toMatch(/The access token is revoked/)
  expect(scene.fake.installations()[0]!.accessTokens).toEqual([])
  const after = await press(browser, revoked, 'read-deals')
  expect(textOf(after)).toMatch(/API answered\. deals [1-9]/)
  expect(textOf(after)).toContain('Refreshes 1')
})

test('Kill it at Pipedrive leads to a 401, one refresh and a second request', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const killed = await press(browser, page, 'kill')
  scene.fake.clearCalls()
  const after = await press(browser, killed, 'read-deals')
  expect(textOf(after)).toMatch(/API answered\. deals [1-9]/)
  const answers = scene.fake.calls.map(({ endpoint, status }) => `${endpoint} ${status}`)
  expect(answers).toEqual(['api 401', 'token 200', 'api 200'])
})

test('Simulate outage: a valid token still works, an expired one leads to a cooldown, and both end', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const out = await press(browser, page, 'outage')
  expect(textOf(out)).toMatch(/Simulated outage: the token endpoint answers 503\./)
  expect(textOf(out)).toContain('End the outage')
  expect(textOf(await press(browser, out, 'read-deals'))).toMatch(/API answered\./)

  await press(browser, out, 'expire')
  const cooling = await press(browser, out, 'callers')
  expect(textOf(cooling)).toMatch(/token_endpoint_unavailable callers 100 answered 0 /)
  expect(textOf(cooling)).toMatch(
    /Cooling down .*One refresh failed with token_endpoint_unavailable \. Next refresh: 0:0\d/,
  )
  const failing = await press(browser, out, 'read-deals')
  expect(textOf(failing)).toMatch(
    /The library can refresh again in \d+ s\. The deals below were read earlier\. token_endpoint_unavailable Deal /,
  )

  const over = await press(browser, failing, 'outage')
  expect(textOf(over)).not.toContain('Simulated outage')
  scene.clock.forward(60_000)
  expect(textOf(await press(browser, over, 'read-deals'))).toMatch(/Active .*API answered\./)
})

test('Uninstall at Pipedrive sends its notice to the callback over HTTP', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const after = await press(browser, page, 'uninstall')
  expect(textOf(after)).toContain('Connect Pipedrive')
  expect(await Array.fromAsync(scene.playground.oauth.installations())).toEqual([])
})

test('the next refresh finds an uninstall whose notice was lost', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const lost = await press(browser, page, 'uninstall-notice-lost')
  expect(lost.text).toContain('data-state="active"')
  const after = await press(browser, lost, 'refresh')
  expect(after.text).toContain('data-state="reauthorization_required"')
  expect(textOf(after)).toMatch(/Re-authorization required .*The user has to connect again\. Connect again/)
  const again = await press(browser, after, 'uninstall')
  expect(textOf(again)).toContain('The app is already uninstalled for this user at Pipedrive.')
  const { page: reconnected } = await connect(scene, '1001:11', browser)
  expect(textOf(reconnected)).toMatch(/Active .*Ada Lindqvist of Acme Trading connected again\./)
})

test('an unknown action leads back to the page and does nothing', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  for (const action of ['explode', 'constructor'].map((name) => `/installations/1001:11/${name}`)) {
    const answer = await fetch(`${scene.origin}${action}`, {
      method: 'POST',
      headers: { origin: scene.origin, cookie: browser.cookiesFor(scene.origin) },
      redirect: 'manual',
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  }
  expect(textOf(page)).toContain('Press a button to see its result here.')
})

test('a button does nothing after another tab has switched the installation', async () => {
  const scene = await createScene()
  const { browser, page: behind } = await connect(scene)
  await connect(scene, '1002:13', browser)
  scene.fake.clearCalls()
  const shown = await press(browser, behind, 'revoke')
  expect(textOf(shown)).toMatch(/Cleo Marsh Globex Logistics 1002:13 /)
  const refused = await browser.submit(behind, {}, '/pipedrive/disconnect?installation=1001:11')
  expect(refused.status).toBe(401)
  expect(scene.fake.calls.filter(({ endpoint }) => endpoint !== 'api')).toEqual([])
  expect(scene.fake.installations()).toHaveLength(2)
})
