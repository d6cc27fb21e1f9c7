import { expect, test } from 'vitest'
import { Browser } from '../src/once/browser.ts'
import { connect, press, createScene, textOf } from './scene.ts'
import { listenTo } from './event-stream.ts'

test('the stream sends each event and the new status', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const stream = await listenTo(scene, browser)
  const first = await stream.next(({ event }) => event === 'status')
  expect(JSON.parse(first.data)).toMatchObject({ state: 'active', isFailed: false })

  await press(browser, page, 'refresh')
  const happened = await stream.next(({ event }) => event === 'happened')
  expect(textOf({ text: happened.data })).toMatch(
    /^ \d\d:\d\d:\d\d The tokens were refreshed\. The access token is valid until \d\d:\d\d:\d\d\. refreshed 1001:11 $/,
  )

  await press(browser, page, 'uninstall')
  const gone = await stream.next(({ event, data }) => event === 'status' && data.includes('not_installed'))
  expect(JSON.parse(gone.data)).toMatchObject({ state: 'not_installed' })
})

test('the stream shows a refresh while it is in flight', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const gate = scene.fake.faults.hold({ endpoint: 'token' })
  const stream = await listenTo(scene, browser)
  const pressed = press(browser, page, 'refresh')
  await gate.reached
  const status = await stream.next(
    ({ event, data }) => event === 'status' && data.includes('"state":"refreshing"'),
  )
  expect(status.data).toContain('Refreshing')
  gate.release()
  await stream.next(({ event, data }) => event === 'status' && data.includes('"state":"active"'))
  await pressed
})

test('a stream that reconnects continues where it stopped', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  await press(browser, page, 'refresh')
  const all = await listenTo(scene, browser, '?seen=0')
  const texts = [await all.next(isEntry), await all.next(isEntry)].map(({ id, data }) => [
    id,
    /<code>(\w+)/.exec(data)?.[1],
  ])
  expect(texts).toEqual([
    ['1', 'installed'],
    ['2', 'refreshed'],
  ])
  const rest = await listenTo(scene, browser, '?seen=1')
  expect(await rest.next(isEntry)).toMatchObject({ id: '2' })
})

test('no event is lost between a page and its stream', async () => {
  const scene = await createScene()
  const { browser } = await connect(scene)
  const page = await browser.get(scene.origin)
  const seen = /data-feed="\/events(\?seen=\d+)"/.exec(page.text)?.[1]
  await scene.playground.oauth.installation('1001:11').refresh()
  const stream = await listenTo(scene, browser, seen)
  expect(await stream.next(isEntry)).toMatchObject({ id: '2' })
})

test('a visitor on this machine who is not connected sees the events of others', async () => {
  const scene = await createScene()
  const stream = await listenTo(scene, new Browser())
  await connect(scene)
  expect((await stream.next(isEntry)).data).toContain(
    '\u2068Ada Lindqvist\u2069 of \u2068Acme Trading\u2069 connected for the first time.',
  )
})

const isEntry = ({ event }: { readonly event: string }) => event === 'happened'
