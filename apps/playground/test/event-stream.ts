import type { Scene } from './scene.ts'
import type { Browser } from '../src/once/browser.ts'
import { onTestFinished } from 'vitest'

export interface StreamedEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** Listens to the page's events, as a browser does. */
export async function listenTo({ origin }: Pick<Scene, 'origin'>, browser: Browser, query = '') {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const response = await fetch(`${origin}/events${query}`, {
    headers: { cookie: browser.cookiesFor(origin) },
    signal: stop.signal,
  })
  const text = response.body!.pipeThrough(new TextDecoderStream())
  const events = parsed(text[Symbol.asyncIterator]())
  return {
    /** Resolves to the next event that fits, and skips those before it. */
    async next(fits: (event: StreamedEvent) => boolean): Promise<StreamedEvent> {
      for (;;) {
        const { value, done } = await events.next()
        if (done === true) throw new Error('The stream ended')
        if (fits(value)) return value
      }
    },
  }
}

async function* parsed(chunks: AsyncIterator<string>): AsyncGenerator<StreamedEvent, undefined> {
  let waiting = ''
  for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) {
    const blocks = (waiting + chunk.value).split('\n\n')
    waiting = blocks.pop() ?? ''
    for (const block of blocks) if (/^event:/m.test(block)) yield toEvent(block)
  }
  return undefined
}

function toEvent(block: string): StreamedEvent {
  const fields = (name: string) =>
    [...block.matchAll(new RegExp(`^${name}: ?(.*)$`, 'gm'))].map(([, value]) => value).join('\n')
  return { event: fields('event'), id: fields('id'), data: fields('data') }
}
