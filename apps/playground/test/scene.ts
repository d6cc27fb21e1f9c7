import { onTestFinished } from 'vitest'
import type { FakePipedriveOptions } from '@pd/fake-pipedrive'
import { listen } from '../src/http/listen.ts'
import { Browser, type Visit } from '../src/once/browser.ts'
import { fakePipedrive } from '../src/pipedrive.ts'
import { memorySafe } from '../src/keeping/safe.ts'
import { startPlayground } from '../src/start-playground.ts'
import { callbackPath } from '../src/serve.ts'

export const secrets = ['a secret of the tests, long enough']

/** Starts the playground and a fake Pipedrive on free ports, until the test ends. */
export async function createScene(options: Pick<FakePipedriveOptions, 'users' | 'companies'> = {}) {
  const socket = await listen(0)
  const pipedrive = await fakePipedrive(`http://localhost:${socket.port}${callbackPath}`, options)
  const playground = await startPlayground(socket, pipedrive, memorySafe(secrets))
  onTestFinished(() => playground.close())
  return { playground, ...pipedrive, origin: playground.origin }
}

export type Scene = Awaited<ReturnType<typeof createScene>>

/** Connects a user in a browser, and resolves to the browser and the page on which it ends. */
export async function connect(
  { origin }: { readonly origin: string },
  user = '1001:11',
  browser = new Browser(),
): Promise<{ browser: Browser; page: Visit }> {
  const consent = await follow(browser, await browser.get(`${origin}/pipedrive/install`))
  const page = await follow(browser, await browser.submit(consent, { user, decision: 'allow' }))
  return { browser, page }
}

/** Presses the button of a form, named by its address or the end of it, and follows the redirects to a page. */
export async function press(browser: Browser, page: Visit, name: string): Promise<Visit> {
  const addresses = [...page.text.matchAll(/<form\b[^>]* action="([^"]*)"/g)].map(
    ([, address = '']) => address,
  )
  const address = addresses.find((address) => address === name || address.endsWith(`/${name}`))
  return follow(browser, await browser.submit(page, {}, address ?? name))
}

/** Follows redirects until a page comes. */
export async function follow(browser: Browser, visit: Visit): Promise<Visit> {
  let reached = visit
  for (let hops = 0; hops < 10; hops++) {
    const location = reached.headers.get('location')
    if (location === null) return reached
    reached = await browser.get(new URL(location, reached.url).href)
  }
  throw new Error('There are too many redirects')
}

/** Returns the text of a page as a person reads it: without style, script and the characters that isolate names. */
export function textOf({ text }: Pick<Visit, 'text'>): string {
  return text
    .replace(/<(style|script|svg)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<\/?bdi>|[\u2068\u2069]/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}
