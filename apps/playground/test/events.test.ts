import { expect, test } from 'vitest'
import { Browser } from '../src/once/browser.ts'
import { connect, press, startDemo, textOf } from './demo.ts'
import { listenTo } from './event-stream.ts'

test('the stream says what happens, and how it then stands', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const stream = await listenTo(demo, browser)
  const first = await stream.next(({ event }) => event === 'status')
  expect(JSON.parse(first.data)).toMatchObject({ state: 'active', isFailed: false })

  await press(browser, page, 'refresh')
  const happened = await stream.next(({ event }) => event === 'happened')
  expect(textOf({ text: happened.data })).toMatch(
    /^ \d\d:\d\d:\d\d Tokens renewed\. The access token is good until \d\d:\d\d:\d\d\. refreshed 1001:11 $/,
  )

  await press(browser, page, 'uninstall')
  const gone = await stream.next(({ event, data }) => event === 'status' && data.includes('not_installed'))
  expect(JSON.parse(gone.data)).toMatchObject({ state: 'not_installed' })
})

test('the stream shows a refresh while it is under way', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const gate = demo.fake.faults.hold({ endpoint: 'token' })
  const stream = await listenTo(demo, browser)
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

test('a stream that is taken up again begins where it broke off', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  await press(browser, page, 'refresh')
  const all = await listenTo(demo, browser, '?seen=0')
  const texts = [await all.next(isEntry), await all.next(isEntry)].map(({ id, data }) => [
    id,
    /<code>(\w+)/.exec(data)?.[1],
  ])
  expect(texts).toEqual([
    ['1', 'installed'],
    ['2', 'refreshed'],
  ])
  const rest = await listenTo(demo, browser, '?seen=1')
  expect(await rest.next(isEntry)).toMatchObject({ id: '2' })
})

test('the page and its stream fit together without a gap', async () => {
  const demo = await startDemo()
  const { browser } = await connect(demo)
  const page = await browser.get(demo.origin)
  const seen = /data-feed="\/events(\?seen=\d+)"/.exec(page.text)?.[1]
  await demo.playground.oauth.installation('1001:11').refresh()
  const stream = await listenTo(demo, browser, seen)
  expect(await stream.next(isEntry)).toMatchObject({ id: '2' })
})

test('someone who is not connected hears what happens to others, on this machine', async () => {
  const demo = await startDemo()
  const stream = await listenTo(demo, new Browser())
  await connect(demo)
  expect((await stream.next(isEntry)).data).toContain(
    'Ada Lindqvist of Acme Trading connected for the first time.',
  )
})

const isEntry = ({ event }: { readonly event: string }) => event === 'happened'
