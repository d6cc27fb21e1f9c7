import { expect, test } from 'vitest'
import { Browser } from '../src/once/browser.ts'
import { connect, follow, press, createScene, textOf } from './scene.ts'

test('the welcome page has one button, which leads to the consent page', async () => {
  const scene = await createScene()
  const browser = new Browser()
  const page = await browser.get(scene.origin)
  expect(page.status).toBe(200)
  expect(page.text.match(/<(a|button)\b[^>]*class="button/g)).toHaveLength(1)
  const consent = await follow(browser, await browser.get(`${scene.origin}/pipedrive/install`))
  expect(consent.url).toMatch(`${scene.controls.origin}/oauth/authorize?client_id=`)
})

test('the page of a connected user shows the user, the state of the tokens and the deals', async () => {
  const scene = await createScene()
  const { page } = await connect(scene)
  const text = textOf(page)
  const { user } = scene.fake.installations()[0]!
  expect(text).toContain(`${user.name} Acme Trading 1001:11`)
  expect(text).toMatch(/Active .*Access token, time left 59:5\d/)
  expect(text).toContain('Scopes base deals:read')
  expect(text).toContain(`API domain ${scene.controls.origin}`)
  expect(text).toMatch(/Installed \d+ \w+ \d{4}, \d\d:\d\d:\d\d .*Refreshes 0 .*Refresh token expires/)
  const { data } = await scene.playground.oauth
    .installation('1001:11')
    .api<{ data: { title: string }[] }>('/api/v2/deals', { query: { owner_id: user.id } })
  expect(data.length).toBeGreaterThan(0)
  for (const { title } of data) expect(text).toContain(title)
  expect(page.text).toContain('data-state="active"')
})

test('a user who cancels sees why there is no connection', async () => {
  const scene = await createScene()
  const browser = new Browser()
  const consent = await follow(browser, await browser.get(`${scene.origin}/pipedrive/install`))
  const answer = await follow(browser, await browser.submit(consent, { decision: 'cancel' }))
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('access_denied')
})

test('another user can connect, and the page can switch between them', async () => {
  const scene = await createScene()
  const { browser } = await connect(scene)
  const { page } = await connect(scene, '1002:13', browser)
  expect(textOf(page)).toMatch(
    /Ada Lindqvist Acme Trading .*Cleo Marsh Globex Logistics .*Connect another user/,
  )
  expect(page.text).toMatch(/aria-current="true"[^>]*>\s*<span><bdi>Cleo Marsh/)
  const other = await press(browser, page, '/switch')
  expect(other.text).toMatch(/aria-current="true"[^>]*>\s*<span><bdi>Ada Lindqvist/)
})

test('a switch to an unknown installation changes nothing', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const answer = await browser.submit(page, { id: '7:7' }, '/switch')
  expect(textOf(await follow(browser, answer))).toContain('Ada Lindqvist')
})

test('Disconnect ends the installation here and at Pipedrive', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const welcome = await press(browser, page, '/pipedrive/disconnect?installation=1001:11')
  expect(textOf(welcome)).toContain('Connect Pipedrive')
  expect(textOf(welcome)).toContain(
    'This application ended the installation of Ada Lindqvist of Acme Trading.',
  )
  expect(scene.fake.installations()).toEqual([])
  expect(await Array.fromAsync(scene.playground.oauth.installations())).toEqual([])
})
