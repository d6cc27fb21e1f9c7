import { PipedriveOAuth } from '@pd/oauth-core'
import { Client, Pool } from 'pg'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore } from '../../src/index.ts'

/** A program whose memory hears, and which ends without closing anything. */
const [url, table, origin = '', id = '', heartbeatMs, idleMs] = process.argv.slice(2)
const pool = new Pool({ connectionString: url, idleTimeoutMillis: 500 })
const listen = () => new Client({ connectionString: url, application_name: 'hear-and-end' })
const oauth = new PipedriveOAuth({
  clientId: 'fake-client-id',
  clientSecret: 'fake-client-secret',
  redirectUri: 'http://localhost:3000/pipedrive/callback',
  secrets: ['test-secret-that-is-long-enough-0001'],
  endpoints: { oauth: origin, api: origin },
  policy: { watchHeartbeatMs: Number(heartbeatMs), watchIdleMs: Number(idleMs) },
  store: sqlStore(pgDriver(pool, { listen }), { table }),
})
await oauth.installation(id).accessToken()
const isListening = async () => {
  const { rows } = await pool.query(
    "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND application_name = 'hear-and-end'",
  )
  return rows.length > 0
}
while (!(await isListening())) await oauth.installation(id).accessToken()
console.log('done')
