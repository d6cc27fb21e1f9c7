import { describe, expect, test, vi } from 'vitest'
import { login, type PasteContext } from '../../src/index.ts'
import { handedOver, startDesktop, visit } from './desktop.ts'

const codeIn = (callback: string) => new URL(callback).searchParams.get('code') ?? ''

describe('where the browser runs on another machine', () => {
  test.each([
    ['the address', (callback: string) => callback],
    ['the bare code', codeIn],
  ])('%s that is pasted ends the login', async (_what, pastedOf) => {
    const { fake, oauth } = await startDesktop()
    const paste = vi.fn(async (url: string) => pastedOf(await fake.approve(url)))
    const { installation } = await login(oauth, { open: false, paste })
    expect(installation.id).toBe('1001:11')
    expect(paste).toHaveBeenCalledOnce()
  })

  test('a denial that is pasted ends it, too', async () => {
    const { fake, oauth } = await startDesktop()
    const paste = vi.fn(async (url: string) => fake.deny(url))
    await expect(login(oauth, { open: false, paste })).rejects.toMatchObject({ code: 'access_denied' })
    expect(paste).toHaveBeenCalledOnce()
  })

  test('after somebody else than `expect`, the right user may still paste', async () => {
    const { fake, oauth } = await startDesktop()
    const mistakes: (string | undefined)[] = []
    const paste = async (url: string, { mistake }: PasteContext) => {
      mistakes.push(mistake?.code)
      return fake.approve(url, { user: mistakes.length === 1 ? '1001:12' : '1001:11' })
    }
    const { installation } = await login(oauth, { open: false, paste, expect: '1001:11' })
    expect([installation.id, mistakes]).toEqual(['1001:11', [undefined, 'unexpected_account']])
    expect(await oauth.installation('1001:12').describe()).toBeUndefined()
  })

  /** Pastes what each try answers, and notes the address and the mistake that each was told. */
  function pasting(...tries: ((url: string, first: string) => Promise<string> | string)[]) {
    const urls: string[] = []
    const mistakes: (string | undefined)[] = []
    const paste = async (url: string, { mistake }: PasteContext) => {
      urls.push(url)
      mistakes.push(mistake?.code)
      return tries[urls.length - 1]?.(url, urls[0] ?? '')
    }
    return { paste, urls, mistakes }
  }

  test('what is of no use is asked for again, with the reason', async () => {
    const { fake, oauth } = await startDesktop()
    const { paste, urls, mistakes } = pasting(
      () => 'https://evil.example/callback?code=x',
      () => 'a-wrong-code',
      (url) => fake.approve(url),
    )
    const { installation } = await login(oauth, { open: false, paste })
    expect([installation.id, mistakes]).toEqual(['1001:11', [undefined, 'foreign_callback', 'code_refused']])
    // Only a code that was refused ends an attempt.
    expect([urls[1] === urls[0], urls[2] === urls[1]]).toEqual([true, false])
  })

  test('F63 a second code for a state that is over is answered by asking again, with another consent page', async () => {
    const { fake, oauth } = await startDesktop()
    const { paste, urls, mistakes } = pasting(
      () => 'a-wrong-code',
      (_url, first) => fake.approve(first),
      (url) => fake.approve(url),
    )
    const { installation } = await login(oauth, { open: false, paste })
    expect([installation.id, mistakes]).toEqual(['1001:11', [undefined, 'code_refused', 'code_refused']])
    expect(new Set(urls).size).toBe(3)
    expect(fake.tokenRequests()).toHaveLength(2)
  })

  test('a bug that a pasted answer meets ends the login with its error', async () => {
    const { fake, oauth } = await startDesktop()
    const bug = new TypeError('a bug')
    vi.spyOn(oauth, 'answerCallback').mockRejectedValue(bug)
    const paste = vi.fn(async (url: string) => fake.approve(url))
    await expect(login(oauth, { open: false, paste })).rejects.toBe(bug)
    expect(paste).toHaveBeenCalledOnce()
  })

  test('F63 a second code for one state is not sent: the browser is led to another consent page', async () => {
    const { fake, oauth } = await startDesktop()
    const wrong = Promise.withResolvers<void>()
    const first = Promise.withResolvers<string>()
    let pastes = 0
    const paste = async (url: string) => {
      pastes += 1
      if (pastes === 1) {
        first.resolve(url)
        return 'a-wrong-code'
      }
      wrong.resolve()
      return undefined
    }
    const running = login(oauth, { open: false, paste })
    const consent = await first.promise
    await wrong.promise
    const again = await visit(await fake.approve(consent), { redirect: 'manual' })
    expect(again.status).toBe(302)
    await visit(await fake.approve(again.headers.get('location') ?? ''))
    expect((await running).installation.id).toBe('1001:11')
    expect(fake.tokenRequests()).toHaveLength(2)
  })

  test('but not for ever', async () => {
    const { oauth } = await startDesktop()
    const paste = vi.fn(async () => 'not a code')
    await expect(login(oauth, { open: false, paste })).rejects.toMatchObject({ code: 'invalid_callback' })
    expect(paste).toHaveBeenCalledTimes(3)
  })

  test('a pasted answer to another login is refused', async () => {
    const { fake, oauth } = await startDesktop()
    const other = await oauth.authorize()
    const planted = await fake.approve(other.url, { user: '1002:13' })
    const paste = async () => planted
    await expect(login(oauth, { open: false, paste })).rejects.toMatchObject({ code: 'state_mismatch' })
    expect(fake.tokenRequests()).toEqual([])
  })
})

describe('pasting and the browser', () => {
  test('the browser may be faster, and then nobody needs to paste', async () => {
    const { fake, oauth } = await startDesktop()
    const browser = handedOver()
    const asked = Promise.withResolvers<AbortSignal>()
    const paste = (_url: string, { signal }: PasteContext) => {
      asked.resolve(signal)
      return new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
    }
    const running = login(oauth, { open: browser.open, paste })
    const signal = await asked.promise
    await visit(await fake.approve(await browser.address))
    expect([(await running).installation.id, signal.aborted]).toEqual(['1001:11', true])
  })

  test('who has nothing to paste leaves it to the browser, also where none could be opened', async () => {
    const { fake, oauth } = await startDesktop()
    const address = Promise.withResolvers<string>()
    const paste = async (url: string) => void address.resolve(url)
    const open = () => Promise.reject(new Error('no browser'))
    const running = login(oauth, { open, paste })
    await visit(await fake.approve(await address.promise))
    expect((await running).installation.id).toBe('1001:11')
  })

  test('an error of the paste function rejects the login', async () => {
    const { oauth } = await startDesktop()
    const paste = () => Promise.reject(new Error('the prompt broke'))
    await expect(login(oauth, { open: false, paste })).rejects.toThrow('the prompt broke')
  })
})
