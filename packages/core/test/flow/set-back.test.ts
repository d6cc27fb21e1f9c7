import { describe, expect, test } from 'vitest'
import type { PipedriveOAuth } from '../../src/index.ts'
import { ada, day, hour, minute, second } from './scene.ts'
import { createSetBackScene } from './set-back-scene.ts'

describe.each([
  ['ten minutes', 10 * minute],
  ['four hours', 4 * hour],
  ['a year', 365 * day],
])('the clock is set back by %s', (_, byMs) => {
  const reads: Record<string, (oauth: PipedriveOAuth, session: string) => Promise<unknown>> = {
    'no read': async () => {},
    'describe()': (oauth) => oauth.installation(ada).describe(),
    'history()': (oauth) => oauth.installation(ada).history(),
    'readSession()': (oauth, session) => oauth.readSession(session),
    'endSessions()': (oauth) => oauth.endSessions(ada),
    'keepAlive()': (oauth) => oauth.keepAlive({ withinMs: 365 * day, dryRun: true }),
  }

  test.each(Object.keys(reads))('F38 no dead token is served from memory after %s', async (name) => {
    const { clock, fake, oauth, setBack } = await createSetBackScene()
    const session = await oauth.issueSession(ada, day)
    await oauth.installation(ada).accessToken()
    await clock.advance(second)
    setBack(byMs)
    await reads[name]?.(oauth, session)
    for (const passedMs of [second, hour, hour, hour]) {
      await clock.advance(passedMs)
      expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    }
  })
})
