import { PipedriveOAuth } from '@pd/oauth-core'
import { Redis } from 'ioredis'
import { redisStore } from '../../src/index.ts'

/** A program whose memory hears. It closes its client and should then exit, without a line of that in the log. */
const [port, prefix, origin = '', id = ''] = process.argv.slice(2)
const redis = new Redis({ port: Number(port) })
const oauth = new PipedriveOAuth({
  clientId: 'fake-client-id',
  clientSecret: 'fake-client-secret',
  redirectUri: 'http://localhost:3000/pipedrive/callback',
  secrets: ['test-secret-that-is-long-enough-0001'],
  endpoints: { oauth: origin, api: origin },
  store: redisStore(redis, prefix === undefined ? {} : { prefix }),
})
await oauth.installation(id).accessToken()
const subscribers = async () =>
  Number(((await redis.client('LIST', 'TYPE', 'PUBSUB')) as string).split('\n').length)
while ((await subscribers()) < 2) await oauth.installation(id).accessToken()
await redis.quit()
console.log('done')
