import { PipedriveOAuth, type OAuthEvent, type ReauthorizationRequiredError } from '@pd/oauth-core'
import { Browser } from '@pd/test-support/journey'
import { describe, expect, test } from 'vitest'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import { twoAppsModule } from './app.module.ts'

const origin = 'http://localhost:8787'

async function createTwoWorlds() {
  const crm = await createWorld({ redirectUri: `${origin}/crm-app/callback` })
  const sales = await createWorld({ redirectUri: `${origin}/sales-app/callback` })
  const onMissing = (error: ReauthorizationRequiredError) =>
    error.code === 'not_installed' ? new Response('asked by sales', { status: 418 }) : undefined
  const module = twoAppsModule({
    crm: crm.options,
    sales: { ...sales.options, onMissing },
  })
  const close = async () => {
    await crm[Symbol.asyncDispose]()
    await sales[Symbol.asyncDispose]()
  }
  return { crm, sales, module, [Symbol.asyncDispose]: close }
}

describe.each(platforms)('two apps of the Marketplace in one application, on %s', (platform) => {
  test('F73 each error is answered by the module of its own app', async () => {
    await using worlds = await createTwoWorlds()
    await using running = await startApp(worlds.module, { platform })
    const { browser } = running
    for (const name of ['crm', 'sales']) {
      const page = await browser.page(`/${name}`)
      expect(page.headers.get('location')).toBe(`${origin}/${name}-app/install?returnTo=%2F${name}`)
      expect(await (await browser.data(`/${name}`)).json()).toMatchObject({
        code: 'not_signed_in',
        install: `${origin}/${name}-app/install`,
      })
    }
    const crm = await browser.data('/crm/by-client')
    expect([crm.status, await crm.json()]).toMatchObject([
      401,
      { code: 'not_installed', install: `${origin}/crm-app/install` },
    ])
    const sales = await browser.data('/sales/by-client')
    expect([sales.status, await sales.text()]).toEqual([418, 'asked by sales'])
  })

  test('F73 the error of a client without a module leads to no install link, and is one event', async () => {
    await using crm = await createWorld({ redirectUri: `${origin}/crm-app/callback` })
    await using sales = await createWorld({ redirectUri: `${origin}/sales-app/callback` })
    const refused: OAuthEvent[] = []
    const onEvent = (event: OAuthEvent) => void (event.type === 'request_refused' && refused.push(event))
    const module = twoAppsModule({
      crm: { ...crm.options, onEvent },
      sales: { ...sales.options, onEvent },
    })
    await using running = await startApp(module, { platform })
    const answer = await running.browser.data('/sales/by-stranger')
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { code: 'not_installed', message: expect.any(String) },
    ])
    expect(refused).toMatchObject([{ code: 'not_installed', status: 401, route: '/sales/by-stranger' }])
  })

  test('F73 an error of another app that onConnected meets is answered without an install link', async () => {
    await using crm = await createWorld({ redirectUri: `${origin}/crm-app/callback` })
    await using sales = await createWorld({ redirectUri: `${origin}/sales-app/callback` })
    const client = new PipedriveOAuth({ ...sales.options, clientId: 'other-client' })
    const onConnected = async () => void (await client.installation('9:9').accessToken())
    const module = twoAppsModule({ crm: { ...crm.options, onConnected }, sales: sales.options })
    await using running = await startApp(module, { platform })
    const browser = new Browser(running.origin, origin)
    const begun = await browser.page('/crm-app/install')
    const answer = await browser.page(await crm.fake.approve(begun.headers.get('location') ?? ''))
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(await answer.text()).not.toContain('/install')
  })

  test('F73 one browser is signed in to both', async () => {
    await using worlds = await createTwoWorlds()
    await using running = await startApp(worlds.module, { platform })
    const browser = new Browser(running.origin, origin)
    for (const name of ['crm', 'sales'] as const) {
      const begun = await browser.page(`/${name}-app/install`)
      const back = await browser.page(await worlds[name].fake.approve(begun.headers.get('location') ?? ''))
      expect(back.status).toBe(302)
    }
    for (const name of ['crm', 'sales'])
      expect(await (await browser.data(`/${name}`)).text()).toBe(`${name} of 1001:11`)
  })
})
