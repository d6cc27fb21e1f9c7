import { VersioningType } from '@nestjs/common'
import { describe, expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import { appModule } from '../sync/app.module.ts'
import { guardedModule, ownRoutesModule, strictModule } from './app.module.ts'

describe.each(platforms)('on %s', (platform) => {
  test('F59 InstallationGuard stands before the whole application, but lets its own routes pass', async () => {
    await using world = await createWorld()
    await using running = await startApp(guardedModule(world.options), { platform })
    const { browser } = running
    expect((await browser.data('/deals')).status).toBe(401)
    expect(await (await browser.data('/public')).text()).toBe('everybody')
    await connect(world.fake, browser)
    expect((await browser.data('/deals')).status).toBe(200)
    const { request } = await world.fake.uninstall()
    const { headers } = request
    const notice = await browser.send(request.url, { method: 'DELETE', headers, body: await request.text() })
    expect(notice.status).toBe(200)
    expect((await browser.data('/deals')).status).toBe(401)
  })

  test('one handler of a controller may be open, and the others stay guarded', async () => {
    await using world = await createWorld()
    await using running = await startApp(guardedModule(world.options), { platform })
    expect(await (await running.browser.data('/mixed/open')).text()).toBe('everybody')
    expect((await running.browser.data('/mixed/guarded')).status).toBe(401)
  })

  test('F59 it lets these routes pass also where the team serves them itself', async () => {
    await using world = await createWorld()
    await using running = await startApp(ownRoutesModule(world.options), { platform })
    const ask = (path: string, method = 'GET') => running.browser.send(path, { method })
    for (const method of ['GET', 'DELETE', 'POST'])
      expect(await (await ask('/pipedrive/callback', method)).text()).toBe('served by the team')
    expect((await ask('/pipedrive/elsewhere')).status).toBe(401)
  })

  test('guards, pipes and interceptors of the application leave the routes alone', async () => {
    await using world = await createWorld()
    await using running = await startApp(strictModule(world.options), { platform })
    const { browser } = running
    expect((await browser.data('/public')).status).toBe(403)
    await connect(world.fake, browser)
    const { request } = await world.fake.uninstall()
    const notice = await browser.send(request.url, {
      method: 'DELETE',
      headers: request.headers,
      body: await request.text(),
    })
    expect([notice.status, await notice.json()]).toEqual([200, { success: true }])
  })

  test('neither a global prefix nor versions move the routes: they are where redirectUri says', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), {
      platform,
      configure: (app) =>
        app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    })
    const { browser } = running
    expect((await browser.page('/api/v1/pipedrive/install')).status).toBe(404)
    await connect(world.fake, browser)
    expect((await browser.data('/api/v1/deals')).status).toBe(200)
  })

  test('the routes may lie below the global prefix', async () => {
    const publicUri = 'http://localhost:8787/api/pipedrive/callback'
    await using world = await createWorld({ redirectUri: publicUri })
    const configure = (app: { setGlobalPrefix(prefix: string): unknown }) => void app.setGlobalPrefix('api')
    await using running = await startApp(appModule(world.options), { platform, publicUri, configure })
    const install = await running.browser.page('/api/pipedrive/install')
    const back = await running.browser.page(await world.fake.approve(install.headers.get('location')!))
    expect(back.status).toBe(302)
    expect((await running.browser.data('/api/deals')).status).toBe(200)
  })
})
