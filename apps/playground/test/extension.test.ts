import { expect, test } from 'vitest'
import { connect, startDemo, textOf } from './demo.ts'

/** What a path answers to somebody without a cookie. */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, { headers, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: textOf({ text: await answer.text() }) }
}

test('the panel shows the deals of whom Pipedrive’s token names, to nobody else', async () => {
  const demo = await startDemo()
  await connect(demo)
  await connect(demo, '1001:12')
  const panel = async (user: string) =>
    ask(`${demo.origin}/extension?token=${await demo.fake.extensionToken(user)}&userId=12&companyId=1001`)
  expect((await panel('1001:11')).text).toMatch(/Deals of Ada Lindqvist \d+ in all/)
  expect((await panel('1001:12')).text).toMatch(/Deals of Bo Tamm \d+ in all/)
  expect((await panel('1001:13')).text).toMatch(/Your deals, right here .*Connect Pipedrive/)
})

test.each([
  ['no token', () => ''],
  ['a token of another secret', { secret: 'somebody else’s secret' }],
  ['a token that has expired', { expiresInMs: -1_000 }],
  ['a token that never expires', { claims: { exp: undefined } }],
])('with %s, the panel and its events know nobody', async (_, options) => {
  const demo = await startDemo()
  const { browser } = await connect(demo)
  const token = typeof options === 'function' ? options() : await demo.fake.extensionToken('1001:11', options)
  for (const path of ['/extension', '/extension/events']) {
    const cookie = browser.cookiesFor(demo.origin)
    const { status, text } = await ask(`${demo.origin}${path}?token=${token}`, { cookie })
    expect(status).toBe(401)
    expect(text).not.toMatch(/Ada|Connect Pipedrive/)
  }
})

test('nobody but Pipedrive may frame the panel, and nobody learns its address', async () => {
  const demo = await startDemo()
  const token = await demo.fake.extensionToken('1001:11')
  const { headers } = await ask(`${demo.origin}/extension?token=${token}`)
  expect(headers.get('content-security-policy')).toMatch(
    new RegExp(`^default-src 'none'; .*frame-ancestors ${demo.stage.origin}$`),
  )
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-store')
  const { headers: ofPage } = await ask(demo.origin)
  expect(ofPage.get('content-security-policy')).toMatch(/frame-ancestors 'none'$/)
})

test('an outage is said in the panel, above the deals that were read before', async () => {
  const demo = await startDemo()
  await connect(demo)
  const token = await demo.fake.extensionToken('1001:11', { expiresInMs: 7_200_000 })
  demo.stage.setOutage(true)
  demo.stage.letAnHourPass()
  const { status, text } = await ask(`${demo.origin}/extension?token=${token}`)
  expect(status).toBe(200)
  expect(text).toMatch(/token_endpoint_unavailable .*€[\d,]+/)
})

test('the way back from a connection that began nowhere leads home', async () => {
  const demo = await startDemo()
  const { status, headers } = await ask(`${demo.origin}/extension/return`)
  expect([status, headers.get('location')]).toEqual([302, '/'])
})
