import { runBenches } from '../run-benches.ts'
import { benchAccessToken } from './access-token.ts'
import { benchColdRead } from './cold-read.ts'
import { benchImport } from './import-time.ts'
import { benchKeepAlive } from './keep-alive.ts'
import { benchSizes } from './size.ts'

/** Every figure about the client alone. `node core/main.ts [--only sizes,import,…] [--long]` */
await runBenches({
  rows: {
    sizes: benchSizes,
    import: benchImport,
    'access-token': benchAccessToken,
    'keep-alive': benchKeepAlive,
  },
  details: { 'cold-read': benchColdRead },
})
