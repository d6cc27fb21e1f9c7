import { expect, test } from 'vitest'
import { clockTime } from '../src/pages/moments.ts'
import { connect, createScene, textOf } from './scene.ts'

/** Requests an address without a cookie and follows no redirect. */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, { headers, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: textOf({ text: await answer.text() }) }
}

test('the panel shows only the deals of the user whom Pipedrive’s token names', async () => {
  const scene = await createScene()
  await connect(scene)
  await connect(scene, '1001:12')
  const panel = async (user: string) =>
    ask(`${scene.origin}/extension?token=${await scene.fake.extensionToken(user)}&userId=12&companyId=1001`)
  expect((await panel('1001:11')).text).toMatch(/Deals of Ada Lindqvist \d+ in all/)
  expect((await panel('1001:12')).text).toMatch(/Deals of Bo Tamm \d+ in all/)
  expect((await panel('1001:13')).text).toMatch(/Your deals, right here .*Connect Pipedrive/)
})

test.each([
  ['no token', () => ''],
  ['a token of another secret', { secret: 'somebody else’s secret' }],
  ['a token that has expired', { expiresInMs: -6_000 }],
  ['a token that never expires', { claims: { exp: undefined } }],
])('with %s, the panel and its events answer 401', async (_, options) => {
  const scene = await createScene()
  const { browser } = await connect(scene)
  const token =
    typeof options === 'function' ? options() : await scene.fake.extensionToken('1001:11', options)
  for (const path of ['/extension', '/extension/events']) {
    const cookie = browser.cookiesFor(scene.origin)
    const { status, text } = await ask(`${scene.origin}${path}?token=${token}`, { cookie })
    expect(status).toBe(401)
    expect(text).not.toMatch(/Ada|Connect Pipedrive/)
  }
})

test('only Pipedrive may frame the panel, and its address is not passed on', async () => {
  const scene = await createScene()
  const token = await scene.fake.extensionToken('1001:11')
  const { headers } = await ask(`${scene.origin}/extension?token=${token}`)
  expect(headers.get('content-security-policy')).toMatch(
    new RegExp(
      `^default-src 'none'; .*frame-ancestors https://\\*\\.pipedrive\\.com ${scene.controls.origin}$`,
    ),
  )
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-store')
  const { headers: ofPage } = await ask(scene.origin)
  expect(ofPage.get('content-security-policy')).toMatch(/frame-ancestors 'none'$/)
})

test('during an outage the panel shows the error, the earlier deals and when they were read', async () => {
  const scene = await createScene()
  await connect(scene)
  const token = await scene.fake.extensionToken('1001:11', { expiresInMs: 7_200_000 })
  const readAt = clockTime(scene.playground.deals.last('1001:11')!.readAt!)
  scene.controls.setOutage(true)
  scene.controls.letAnHourPass()
  const { status, text } = await ask(`${scene.origin}/extension?token=${token}`)
  expect(status).toBe(200)
  expect(text).toMatch(new RegExp(`token_endpoint_unavailable .*€[\\d,]+ .*Read at ${readAt}`))
})

test('the way back to the panel leads to the start page for a visitor without a session', async () => {
  const scene = await createScene()
  const { status, headers } = await ask(`${scene.origin}/extension/return`)
  expect([status, headers.get('location')]).toEqual([302, '/'])
})
