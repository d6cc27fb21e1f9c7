import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { inspect } from 'node:util'
import { CallbackError, ConfigurationError, LoginError, TokenEndpointError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { login } from '../../src/index.ts'
import { handedOver, startDesktop, visit } from './desktop.ts'

/** Whether anything answers there. */
async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const probe = createServer()
  probe.listen({ port, host, exclusive: true })
  try {
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}

describe('a login', () => {
  test('opens the address, waits for the browser, stores the installation and stops listening', async () => {
    const { fake, oauth, port } = await startDesktop()
    const browser = handedOver()
    const running = login(oauth, { open: browser.open, port })
    const page = await visit(await fake.approve(await browser.address))
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('Pipedrive is connected')
    const { installation, account, firstTime } = await running
    expect([installation.id, account.userId, firstTime]).toEqual(['1001:11', 11, true])
    expect(await oauth.installation('1001:11').describe()).toMatchObject({ status: 'active' })
    expect([await isFree(port), await isFree(port, '::1')]).toEqual([true, true])
  })

  test('rejects with access_denied when the user cancels, and the page says so', async () => {
    const { fake, oauth, port } = await startDesktop()
    const browser = handedOver()
    const running = login(oauth, { open: browser.open })
    const outcome = expect(running).rejects.toMatchObject({ name: 'CallbackError', code: 'access_denied' })
    const page = await visit(fake.deny(await browser.address))
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('You cancelled')])
    await outcome
    expect(await isFree(port)).toBe(true)
  })
})

void [connect, inspect, CallbackError, ConfigurationError, LoginError, TokenEndpointError]
