import { storeSuite } from '@pd/oauth-core/store-suite'
import { d1Driver, type D1Like } from '../../src/drivers/d1.ts'
import { sqlStore, type SqlStore } from '../../src/index.ts'

/** A Worker that runs one case of the suite on its D1 binding. The path is the title of the case. */
const cases = new Map<string, () => Promise<void>>()
const tables = new Map<SqlStore, string>()
let database: D1Like
let count = 0

storeSuite({
  test: (title, run) => cases.set(title, run),
  createStore: async () => {
    const store = storeAt(`installations_${++count}`)
    await store.createTable()
    return store
  },
  openAnother: (store: SqlStore) => storeAt(tables.get(store) ?? ''),
  without: ['changed', 'watch', 'check'],
})

function storeAt(table: string): SqlStore {
  const store = sqlStore(d1Driver(database), { table })
  tables.set(store, table)
  return store
}

// oxlint-disable-next-line import/no-default-export -- a Worker exports its handlers as the default
export default {
  async fetch(request: Request, env: { readonly DB: D1Like }): Promise<Response> {
    database = env.DB
    const run = cases.get(decodeURIComponent(new URL(request.url).pathname.slice(1)))
    if (run === undefined) return new Response('No case has this title.', { status: 404 })
    try {
      await run()
      return new Response('ok')
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}
