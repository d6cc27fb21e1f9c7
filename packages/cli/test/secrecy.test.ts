import { inspect } from 'node:util'
import { createOAuthHandler, PipedriveOAuth } from '@pd/oauth-core'
import { createWebAuth } from '@pd/oauth-core/adapter'
import { sharedMemoryStore } from '@pd/oauth-desktop'
import { redisStore } from '@pd/oauth-redis'
import { sqlStore } from '@pd/oauth-sql'
import { pgDriver } from '@pd/oauth-sql/pg'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { CommandContext } from '../src/command-context.ts'
import { Output } from '../src/output.ts'

const secrets = {
  client: 'the-client-secret-for-this-test-0123',
  sealing: 'the-sealing-secret-of-this-test-456789',
  password: 'the-password-of-this-store-789',
  token: 'the-access-token-of-this-test-0815',
}

/** Everything that a debug print, a log or a copy shows of a value. */
function shown(value: object): string {
  const attempts = [
    () => inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, getters: true }),
    () => inspect(structuredClone(value), { depth: Infinity }),
    () => JSON.stringify(value),
  ]
  return attempts
    .map((attempt) => {
      try {
        return attempt()
      } catch {
        return ''
      }
    })
    .join('\n')
}

test('F78 no public object shows a client secret, a sealing secret, a token or the password of a store', async () => {
  const url = `//user:${secrets.password}@127.0.0.1:1/0`
  const redis = new Redis(`redis:${url}`, { lazyConnect: true })
  const pool = new Pool({ connectionString: `postgres:${url}` })
  const stores = [redisStore(redis), sqlStore(pgDriver(pool)), sharedMemoryStore('secrecy')]
  onTestFinished(async () => {
    redis.disconnect()
    await pool.end()
  })
  const oauth = new PipedriveOAuth({
    clientId: 'an-id',
    clientSecret: secrets.client,
    redirectUri: 'https://app.example.com/callback',
    secrets: [secrets.sealing],
    store: stores[2],
  })
  const tokens = { access_token: secrets.token, refresh_token: secrets.token, expires_in: 3_600 }
  const { installation } = await oauth.adopt(tokens, {
    account: { companyId: 1, userId: 2 },
    obtainedAt: Date.now(),
  })
  expect(await installation.accessToken()).toBe(secrets.token)
  const objects: Record<string, object> = {
    'the client': oauth,
    'an installation': installation,
    'its description': (await installation.describe()) ?? {},
    'the web auth': createWebAuth(oauth),
    'the handler': createOAuthHandler(oauth),
    'a store on Redis': stores[0]!,
    'a store on PostgreSQL': stores[1]!,
    'a store in memory': stores[2]!,
    'a context of a command': new CommandContext({}, new Output(), AbortSignal.abort()),
  }
  for (const [what, value] of Object.entries(objects))
    for (const [name, secret] of Object.entries(secrets))
      expect([what, name, shown(value).includes(secret)]).toEqual([what, name, false])
})
