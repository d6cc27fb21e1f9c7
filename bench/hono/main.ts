import { runBenches } from '../run-benches.ts'
import { benchGuard } from './guard.ts'
import { benchLoad } from './load.ts'
import { printWorkerSize } from './worker-size.ts'

/** Every figure about Hono. `node hono/main.ts [--only guard,load,size]` */
await runBenches({ rows: { guard: benchGuard, load: benchLoad }, details: { size: printWorkerSize } })
