import { describe, expect, test } from 'vitest'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import { keptHeadersModule, ownSession, setHeadersOfOthers } from './app.module.ts'

describe.each(platforms)('on %s', (platform) => {
  const start = (options: Parameters<typeof keptHeadersModule>[0]) =>
    startApp(keptHeadersModule(options), {
      platform,
      configure: (app) => setHeadersOfOthers(app, platform),
    })

  function expectKept({ headers }: Response): void {
    expect(headers.getSetCookie()).toEqual(expect.arrayContaining(['theirs=1; Path=/', 'theirs2=2; Path=/']))
    expect(headers.get('x-request-id')).toBe('abc')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(headers.get('vary')).toContain('origin')
    expect(headers.get('cache-control')).toBe('no-store')
  }

  test('F61 the routes keep cookies and headers that others have set, and their own cookies win', async () => {
    await using world = await createWorld()
    await using running = await start(world.options)
    const install = await running.browser.page('/pipedrive/install')
    expectKept(install)
    const back = await running.browser.page(await world.fake.approve(install.headers.get('location') ?? ''))
    expectKept(back)
    const named = (name: string) =>
      back.headers.getSetCookie().filter((cookie) => cookie.startsWith(`${name}=`))
    expect(named(ownSession)).toHaveLength(1)
    expect(named(ownSession)[0]).not.toContain('=theirs')
    expect((await running.browser.data('/deals')).status).toBe(200)
  })

  test('F61 so do the answers to errors of the guard and of a handler', async () => {
    await using world = await createWorld()
    await using running = await start(world.options)
    const refused = await running.browser.data('/deals')
    expect(refused.status).toBe(401)
    expectKept(refused)
    const ended = await running.browser.data('/ended')
    expect([ended.status, (await ended.json()).code]).toEqual([401, 'reauthorization_required'])
    expectKept(ended)
    expect(ended.headers.get('x-of-handler')).toBe('kept')
  })
})
