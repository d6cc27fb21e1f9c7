import { startRedis } from '@pd/test-support/redis'
import { runBenches } from '../run-benches.ts'
import { benchColdFetch } from './cold-fetch.ts'
import { benchLock } from './lock.ts'
import { benchMemory } from './memory.ts'
import { benchRedisGrowth } from './redis-growth.ts'
import { benchResident } from './resident.ts'
import { benchRival } from './rival.ts'
import { benchStampede } from './stampede.ts'
import { benchTelling } from './telling.ts'
import { benchThroughput } from './throughput.ts'
import { benchUninstalls } from './uninstalls.ts'
import { benchWaiting } from './waiting.ts'
import { benchWatchedMemory } from './watched-memory.ts'

/** Every figure about Redis. `node redis/main.ts [--only throughput,memory,…] [--long]` */
const { port, stop } = await startRedis()
await runBenches({
  rows: {
    stampede: () => benchStampede(port),
    lock: () => benchLock(port),
    'watched-memory': () => benchWatchedMemory(port),
    throughput: () => benchThroughput(port),
    'cold-fetch': () => benchColdFetch(port),
    uninstalls: () => benchUninstalls(port),
    rival: () => benchRival(port),
    memory: benchMemory,
    growth: benchRedisGrowth,
    resident: benchResident,
  },
  details: { waiting: () => benchWaiting(port), telling: benchTelling },
})
await stop()
