import { Hono, type Context } from 'hono'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { Browser, createScene } from './scene.ts'

const form = 'application/x-www-form-urlencoded'

/** How a middleware may read the body of every request. */
const readers: Record<string, (c: Context) => unknown> = {
  'c.req.text()': (c) => c.req.text(),
  'c.req.json()': (c) => c.req.json().catch(() => {}),
  'c.req.arrayBuffer()': (c) => c.req.arrayBuffer(),
  'c.req.blob()': (c) => c.req.blob(),
  'c.req.formData()': (c) => c.req.formData().catch(() => {}),
  'c.req.parseBody()': (c) => c.req.parseBody().catch(() => {}),
}
/** What takes the body away. */
const takers: Record<string, (c: Context) => unknown> = {
  'c.req.raw.text()': (c) => c.req.raw.text(),
  'c.req.raw.formData()': (c) => c.req.raw.formData().catch(() => {}),
  'a reader that it keeps': (c) => c.req.raw.body?.getReader(),
}

/** An application with the routes behind a middleware that reads each body, and a route of its own. */
async function connectedBehind(read: (c: Context) => unknown) {
  const scene = createScene()
  const app = new Hono()
    .use(async (c, next) => {
      if (c.req.method !== 'GET') await read(c)
      await next()
    })
    .route('/', pipedriveAuth(scene.oauth).routes)
    .post('/hook', (c) => c.text('mine'))
  await new Browser(app).connect(scene.fake)
  return { ...scene, app }
}

describe.each(Object.keys(readers))('behind a middleware that uses %s', (name) => {
  // A parser of forms cannot read JSON that says what it is.
  const types = name.includes('formData') || name.includes('parseBody') ? [form] : ['application/json', form]
  test.each(types)('F68 an uninstall notice is read, labelled as %s', async (type) => {
    const { app, fake, oauth } = await connectedBehind(readers[name]!)
    const { request } = await fake.uninstall()
    const headers = { ...Object.fromEntries(request.headers), 'content-type': type }
    const answer = await app.request(request.url, {
      method: 'DELETE',
      headers,
      body: await request.text(),
    })
    expect([answer.status, await oauth.installation('1001:11').describe()]).toEqual([200, undefined])
  })
})

test.each([
  ['a form of several fields', form, 'company_id=1001&user_id=11'],
  ['a form where a space may have been a plus', form, '{"company_id":1001,"user_id":11,"name":"a+b"}'],
  [
    'a multipart form',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n\r\n--b--',
  ],
])('F68 %s is no notice', async (_, type, body) => {
  const { app, fake, oauth } = await connectedBehind(readers['c.req.formData()']!)
  const { request } = await fake.uninstall()
  const headers = { ...Object.fromEntries(request.headers), 'content-type': type }
  const answer = await app.request(request.url, { method: 'DELETE', headers, body })
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'malformed_notice' }])
  expect(await oauth.installation('1001:11').describe()).toBeDefined()
})

test('functions of the application read a form that a middleware has read', async () => {
  const { oauth } = createScene()
  const read: unknown[] = []
  const identify = async (request: Request) => void read.push([...(await request.formData())])
  const app = new Hono()
    .use(async (c, next) => {
      await c.req.parseBody()
      await next()
    })
    .route('/', pipedriveAuth(oauth, { identify }).routes)
  const fields = { csrf: 'a b' }
  const multipart = new FormData()
  multipart.set('csrf', fields.csrf)
  for (const body of [new URLSearchParams(fields), multipart])
    await app.request('/pipedrive/disconnect', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body,
    })
  expect(read).toEqual([[['csrf', 'a b']], [['csrf', 'a b']]])
})

describe.each(Object.keys(takers))('behind a middleware that takes the body by %s', (name) => {
  test('F68 an uninstall notice is answered, and deletes nothing', async () => {
    const { app, fake, oauth } = await connectedBehind(takers[name]!)
    const { request } = await fake.uninstall()
    const answer = await app.request(request)
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'malformed_notice' }])
    expect(await oauth.installation('1001:11').describe()).toBeDefined()
  })

  test('requests for other paths, and routes that need no body, are answered', async () => {
    const { app } = await connectedBehind(takers[name]!)
    const hook = await app.request('/hook', { method: 'POST', body: 'signed' })
    expect([hook.status, await hook.text()]).toEqual([200, 'mine'])
    const logout = await app.request('/pipedrive/logout', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: 'x=1',
    })
    expect(logout.status).toBe(204)
  })
})

test('nothing is asked to outlive requests for other paths', async () => {
  let asked = 0
  const app = new Hono()
    .use(async (c, next) => {
      Object.defineProperty(c, 'executionCtx', { get: () => void (asked += 1) })
      await next()
    })
    .route('/', pipedriveAuth(createScene().oauth).routes)
    .post('/hook', (c) => c.text('mine'))
  expect(await (await app.request('/hook', { method: 'POST', body: 'signed' })).text()).toBe('mine')
  expect(asked).toBe(0)
})
