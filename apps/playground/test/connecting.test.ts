import { expect, test } from 'vitest'
import { Browser } from '../src/once/browser.ts'
import { connect, follow, press, startDemo, textOf } from './demo.ts'

test('the welcome page has one button, which leads to the consent page', async () => {
  const demo = await startDemo()
  const browser = new Browser()
  const page = await browser.get(demo.origin)
  expect(page.status).toBe(200)
  expect(page.text.match(/<(a|button)\b[^>]*class="button/g)).toHaveLength(1)
  const consent = await follow(browser, await browser.get(`${demo.origin}/pipedrive/install`))
  expect(consent.url).toMatch(`${demo.stage.origin}/oauth/authorize?client_id=`)
})

test('a connected user sees who it is, how it stands and which deals there are', async () => {
  const demo = await startDemo()
  const { page } = await connect(demo)
  const text = textOf(page)
  const { user } = demo.fake.installations()[0]!
  expect(text).toContain(`${user.name} Acme Trading 1001:11`)
  expect(text).toMatch(/Active .*Access token, time left 59:5\d/)
  expect(text).toContain('Scopes base deals:read')
  expect(text).toContain(`API domain ${demo.stage.origin}`)
  expect(text).toMatch(/Installed \d+ \w+ \d{4}, \d\d:\d\d:\d\d .*Refreshes 0 .*Refresh token lapses/)
  const { data } = await demo.playground.oauth
    .installation('1001:11')
    .api<{ data: { title: string }[] }>('/api/v2/deals', { query: { owner_id: user.id } })
  expect(data.length).toBeGreaterThan(0)
  for (const { title } of data) expect(text).toContain(title)
  expect(page.text).toContain('data-state="active"')
})

test('a user who cancels reads why there is no connection', async () => {
  const demo = await startDemo()
  const browser = new Browser()
  const consent = await follow(browser, await browser.get(`${demo.origin}/pipedrive/install`))
  const answer = await follow(browser, await browser.submit(consent, { decision: 'cancel' }))
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('access_denied')
})

test('another user can be added, and each be looked at', async () => {
  const demo = await startDemo()
  const { browser } = await connect(demo)
  const { page } = await connect(demo, '1002:13', browser)
  expect(textOf(page)).toMatch(/Ada Lindqvist Acme Trading .*Cleo Marsh Globex Logistics .*Add another user/)
  expect(page.text).toMatch(/aria-current="true"[^>]*>\s*<span>Cleo Marsh/)
  const other = await press(browser, page, '/switch')
  expect(other.text).toMatch(/aria-current="true"[^>]*>\s*<span>Ada Lindqvist/)
})

test('a switch to an installation that is not there changes nothing', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const answer = await browser.submit(page, { id: '7:7' }, '/switch')
  expect(textOf(await follow(browser, answer))).toContain('Ada Lindqvist')
})

test('Disconnect ends the installation on both sides', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const welcome = await press(browser, page, '/pipedrive/disconnect?installation=1001:11')
  expect(textOf(welcome)).toContain('Connect Pipedrive')
  expect(textOf(welcome)).toContain('Ada Lindqvist of Acme Trading is uninstalled.')
  expect(demo.fake.installations()).toEqual([])
  expect(await Array.fromAsync(demo.playground.oauth.installations())).toEqual([])
})
