import { ReauthorizationRequiredError } from '@pd/oauth-core'
import fastify, { type FastifyInstance } from 'fastify'
import { rawRequest } from '@pd/test-support/raw-request'
import { Browser } from '@pd/test-support/journey'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../../src/fastify/index.ts'
import { connectUser, createScene, locationOf, publicOrigin } from '../express/scene.ts'

const inFrame = {
  accept: 'text/html',
  'sec-fetch-dest': 'iframe',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
}

async function createApp(options: Parameters<typeof pipedriveAuth>[1] = {}) {
  const scene = createScene()
  const { routes, requireInstallation, onError } = pipedriveAuth(scene.oauth, options)
  const app = fastify()
  app.setErrorHandler(onError)
  await app.register(routes)
  app.get('/deals', { onRequest: requireInstallation() }, ({ installation }) => `deals of ${installation.id}`)
  const origin = await listen(app)
  return { ...scene, origin, user: new Browser(origin, publicOrigin) }
}

async function listen(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

test('F62 an answer to an attempt that is over begins a new one', async () => {
  const { fake, user } = await createApp()
  const consent = locationOf(await user.page('/pipedrive/install?returnTo=/deals'))
  await user.page(fake.deny(consent))
  const again = await user.page(await fake.approve(consent))
  expect(locationOf(await user.page(await fake.approve(locationOf(again))))).toBe('/deals')
})

test('F64 an install link in a frame shows a page that opens a tab', async () => {
  const { user } = await createApp()
  const answer = await user.send('/pipedrive/install?returnTo=/deals', { headers: inFrame })
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
  expect(await answer.text()).toContain(
    `<a href="${publicOrigin}/pipedrive/install?returnTo=/deals" target="_blank" rel="noopener">`,
  )
})

test('F65 an install link at another name of the host goes to the right one first, with its query', async () => {
  const { origin } = await createApp()
  const ask = (target: string, host: string) =>
    rawRequest(origin, [`GET ${target} HTTP/1.1`, `Host: ${host}`])
  expect(await ask('/pipedrive/install?returnTo=/deals', '127.0.0.1:3000')).toMatch(
    /location: http:\/\/localhost:3000\/pipedrive\/install\?returnTo=%2Fdeals&moved=1\r\n/i,
  )
  expect(await ask('/pipedrive/install?returnTo=/deals', 'localhost:3000')).toMatch(
    /location: https:\/\/oauth\.pipedrive\.com\/oauth\/authorize/i,
  )
})

test('F67 a panel whose token is over is told to reload, by the guard itself', async () => {
  const scene = createScene()
  const app = fastify()
  const guard = pipedriveAuth(scene.oauth).requireInstallation()
  app.get('/deals', { onRequest: guard }, () => 'reached')
  const user = new Browser(await listen(app), publicOrigin)
  const token = await scene.fake.extensionToken()
  await scene.clock.advance(6 * 60_000)
  const answer = await user.send(`/deals?token=${token}`, { headers: inFrame })
  expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('Reload this panel')])
})

test('F69 HEAD is answered as GET', async () => {
  const { user } = await createApp()
  const head = (path: string, accept: string) => user.send(path, { method: 'HEAD', headers: { accept } })
  expect(locationOf(await head('/deals', 'text/html'))).toContain('/pipedrive/install?returnTo=%2Fdeals')
  expect((await head('/pipedrive/install', 'text/html')).status).toBe(302)
  const refused = await head('/deals', 'application/json')
  expect([refused.status, await refused.text()]).toEqual([401, ''])
})

test('F70 a logout ends the session of the browser, and leaves the installation', async () => {
  const { fake, oauth, user } = await createApp()
  await connectUser(user, fake)
  const logout = (site: string) =>
    user.send('/pipedrive/logout', { method: 'POST', headers: { 'sec-fetch-site': site } })
  expect((await logout('cross-site')).status).toBe(403)
  expect((await user.data('/deals')).status).toBe(200)
  expect((await logout('same-origin')).status).toBe(204)
  expect((await user.data('/deals')).status).toBe(401)
  expect(await oauth.installation('1001:11').describe()).toBeDefined()
})

test('F73 with two apps, the error of one is answered by its own onError', async () => {
  const createOne = (name: string) => {
    const redirectUri = `${publicOrigin}/${name}/callback`
    return createScene({ redirectUri }, { redirectUri })
  }
  const [crm, sales] = [createOne('crm'), createOne('sales')]
  const app = fastify()
  app.setErrorHandler(pipedriveAuth(crm.oauth).onError)
  await app.register(async (inner) => {
    inner.setErrorHandler(pipedriveAuth(sales.oauth).onError)
    inner.get('/crm', () => crm.oauth.installation('9:9').accessToken())
    inner.get('/sales', () => sales.oauth.installation('9:9').accessToken())
    inner.get('/own', () => Promise.reject(new ReauthorizationRequiredError('not_installed')))
  })
  const user = new Browser(await listen(app), publicOrigin)
  for (const name of ['crm', 'sales'])
    expect(await (await user.data(`/${name}`)).json()).toMatchObject({
      code: 'not_installed',
      install: `${publicOrigin}/${name}/install`,
    })
  expect((await user.data('/own')).status).toBe(401)
})

test('F73 an error of another app that onConnected meets is answered without an install link', async () => {
  const other = createScene({ clientId: 'other-client' })
  const asked: string[] = []
  const { fake, user } = await createApp({
    onConnected: async () => void (await other.oauth.installation('9:9').accessToken()),
    onMissing: ({ code }) => void asked.push(code),
  })
  const answer = await connectUser(user, fake)
  expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(await answer.text()).not.toContain('/install')
  expect(asked).toEqual([])
})

test('F73 two apps are registered in one process, and each guard finds the installation of its own', async () => {
  const app = fastify()
  const scenes = ['crm', 'sales'].map((name) => {
    const redirectUri = `${publicOrigin}/${name}/callback`
    return { name, scene: createScene({ redirectUri }, { redirectUri }) }
  })
  for (const { name, scene } of scenes) {
    const { routes, requireInstallation } = pipedriveAuth(scene.oauth)
    await app.register(routes)
    const onRequest = requireInstallation()
    app.get(`/of-${name}`, { onRequest }, ({ installation }) => installation.accessToken())
  }
  app.get('/of-none', ({ installation }) => installation.id)
  const user = new Browser(await listen(app), publicOrigin)
  for (const { name, scene } of scenes) {
    const begun = await user.page(`/${name}/install?returnTo=/of-${name}`)
    const ended = await user.page(await scene.fake.approve(locationOf(begun)))
    expect(locationOf(ended)).toBe(`/of-${name}`)
  }
  for (const { name, scene } of scenes)
    expect(await (await user.data(`/of-${name}`)).text()).toBe(
      await scene.oauth.installation('1001:11').accessToken(),
    )
  expect(await (await user.data('/of-none')).json()).toMatchObject({
    statusCode: 500,
    message: expect.stringContaining('requireInstallation()'),
  })
})

test('F75 sharing notices count only if the application asks for them', async () => {
  const send = async (sharingNotices: boolean | undefined) => {
    const { events, fake, origin, user } = await createApp({ sharingNotices })
    await connectUser(user, fake)
    const body = JSON.stringify({ company_id: 1001, user_id: 11, isShared: true })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${origin}/pipedrive/callback`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    return events.filter(({ type }) => type === 'sharing_changed').length
  }
  expect([await send(undefined), await send(true)]).toEqual([0, 1])
})
