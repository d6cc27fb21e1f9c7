import { createFakePipedrive } from '@pd/fake-pipedrive'
import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { mistakes, type Visitor } from './mistakes.ts'

/** A line that an application wrote into its log. */
export interface Line {
  readonly level: 'error' | 'warn'
  readonly message: string
}

/** How to start an application with these options, and with a guard in front of /deals. */
export type Serve = (parts: {
  readonly options: PipedriveOAuthOptions
  readonly scopes: readonly string[]
  /** Gets each line of this library that reaches the application's log. */
  readonly hear: (line: Line) => void
}) => Promise<{ send(path: string, init?: RequestInit): Promise<Response> }>

/** Makes every mistake in an application, and expects one line that says what to do. */
export function mistakeSuite(framework: string, serve: Serve): void {
  test.each(mistakes.map((mistake) => [mistake.name, mistake] as const))(
    `F76 ${framework}: %s`,
    async (_, { act, level, options, says, scopes = [] }) => {
      const lines: Line[] = []
      let ahead = 0
      const fake = createFakePipedrive()
      const closed = `http://127.0.0.1:${await freePort()}`
      const { clientId, clientSecret, redirectUri } = fake.app
      const starting = serve({
        options: {
          clientId,
          clientSecret,
          redirectUri,
          secrets: ['only-for-tests-0123456789-0123456789'],
          fetch: fake.fetch,
          clock: () => Date.now() + ahead,
          policy: { retryPauseMs: 1, requestTimeoutMs: 2_000, storeTimeoutMs: 2_000 },
          ...options?.(closed, fake),
        },
        scopes,
        hear: (line) => void lines.push(line),
      })
      if (act === undefined) {
        const [started] = await Promise.allSettled([starting])
        expect(started.status).toBe('rejected')
        const { message } = (started as PromiseRejectedResult).reason as Error
        for (const part of says) expect(message).toMatch(part)
        return
      }
      const { send } = await starting
      await act(visitor(fake, send, (ms) => (ahead += ms)))
      expect(lines.map((line) => line.level)).toEqual([level])
      for (const part of says) expect(lines[0]?.message).toMatch(part)
      expect(lines[0]?.message).not.toContain('\n')
      for (const secret of [clientSecret, 'a-secret-password', ...codesOf(fake)])
        expect(lines[0]?.message).not.toContain(secret)
    },
  )

  test(`F76 ${framework}: twenty mistakes are made`, () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(20)
  })
}

function visitor(fake: Visitor['fake'], send: Visitor['send'], later: Visitor['later']): Visitor {
  const consent: Visitor['consent'] = async () => {
    const begun = await send('/pipedrive/install?returnTo=/deals')
    const back = new URL(await fake.approve(begun.headers.get('location') ?? ''))
    return { path: back.pathname + back.search, cookie: cookiesOf(begun) }
  }
  const connect = async () => {
    const { path, cookie } = await consent()
    return cookiesOf(await send(path, { headers: { cookie } }))
  }
  return { fake, send, later, consent, connect }
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

function codesOf(fake: Visitor['fake']): string[] {
  return fake.calls.flatMap((call) => ('code' in call && typeof call.code === 'string' ? [call.code] : []))
}
