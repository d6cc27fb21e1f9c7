import type { INestApplication } from '@nestjs/common'
import { ExpressAdapter } from '@nestjs/platform-express'
import { describe, expect, test } from 'vitest'
import { connect } from '../connect.ts'
import { createWorld, platforms, startApp, type RunningApp, type World } from '../start-app.ts'
import { appModule } from './sync/app.module.ts'

type Start = Parameters<typeof startApp>[1]

/** Express's own middleware before the routes, as a main.ts adds it. */
const before = (
  read: (request: AsyncIterable<Buffer> & { method?: string; body?: unknown }) => Promise<void>,
): Start => ({
  bodyParser: false,
  configure: (app: INestApplication) => {
    if (!(app.getHttpAdapter() instanceof ExpressAdapter)) return
    app.use(async (request: never, _: unknown, next: () => void) => {
      await read(request)
      next()
    })
  },
})

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += String(chunk)
  return text
}

/** Pipedrive's own notice, as it is sent but for its content type. */
async function notify({ fake }: World, { browser }: RunningApp, contentType: string | null): Promise<number> {
  const { request } = await fake.uninstall()
  const headers = new Headers(request.headers)
  headers.delete('content-type')
  if (contentType !== null) headers.set('content-type', contentType)
  const body = new Blob([await request.text()])
  return (await browser.send(request.url, { method: 'DELETE', headers, body })).status
}

const form = 'application/x-www-form-urlencoded'
const contentTypes = ['application/json', 'text/plain', form, 'application/vnd.x', null]

describe.each(platforms)('on %s a DELETE takes effect', (platform) => {
  const kinds = contentTypes.flatMap((type) => [
    { type, parsers: 'the usual parsers', options: {} },
    { type, parsers: 'rawBody', options: { rawBody: true } },
    { type, parsers: 'no parser', options: { bodyParser: false } },
  ])
  test.each(kinds)(
    'as $type, with $parsers (F68 where it is labelled as a form)',
    async ({ type, options }) => {
      await using world = await createWorld()
      await using running = await startApp(appModule(world.options), { platform, ...options })
      await connect(world.fake, running.browser)
      expect(await notify(world, running, type)).toBe(200)
      expect((await running.browser.data('/deals')).status).toBe(401)
    },
  )
})

test.each<[string, Start]>([
  ['a string', before(async (request) => void (request.body = await textOf(request)))],
  ['bytes', before(async (request) => void (request.body = Buffer.from(await textOf(request))))],
  ['an object', before(async (request) => void (request.body = JSON.parse((await textOf(request)) || '{}')))],
  [
    'nothing, because it leaves the bodies of DELETE unread',
    before(async (request) => {
      if (request.method !== 'DELETE') request.body = await textOf(request)
    }),
  ],
])('on express a parser before the routes may have made of it %s', async (_, options) => {
  await using world = await createWorld()
  await using running = await startApp(appModule(world.options), options)
  await connect(world.fake, running.browser)
  expect(await notify(world, running, 'application/json')).toBe(200)
  expect((await running.browser.data('/deals')).status).toBe(401)
})

test('a parser that throws the body away costs the notice, which is said, and nothing else', async () => {
  await using world = await createWorld()
  const options = before(async (request) => void (await textOf(request)))
  await using running = await startApp(appModule(world.options), options)
  await connect(world.fake, running.browser)
  expect(await notify(world, running, 'application/json')).toBe(400)
})

test('F20 a notice is never let in by a wrong password', async () => {
  await using world = await createWorld()
  await using running = await startApp(appModule(world.options))
  await connect(world.fake, running.browser)
  const { request } = await world.fake.uninstall()
  const headers = { authorization: 'Basic d3Jvbmc6d3Jvbmc=', 'content-type': 'application/json' }
  const response = await running.browser.send(request.url, {
    method: 'DELETE',
    headers,
    body: await request.text(),
  })
  expect([response.status, (await response.json()).code]).toEqual([401, 'bad_credentials'])
})
