import { Client, Pool } from 'pg'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore } from '../../src/index.ts'

/** A program whose watch cannot open, and which goes on without it. */
const [url, table, listenUrl] = process.argv.slice(2)
const pool = new Pool({ connectionString: url })
const listen = () => new Client({ connectionString: listenUrl })
const store = sqlStore(pgDriver(pool, { listen }), { table })
await store.watch?.(() => {}, { heartbeatMs: 100 }).catch((error: Error) => console.log(error.message))
await pool.end()
