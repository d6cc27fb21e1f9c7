import { parseArgs } from 'node:util'
import { benchMemory, benchSizes } from './records.ts'
import { startRedis } from '@pd/test-support/redis'
import { benchStampede } from './stampede.ts'
import { benchTelling } from './telling.ts'
import { benchThroughput } from './throughput.ts'
import { benchRival, benchWaiting } from './waiting.ts'

/** Prints every figure about Redis. `node redis/main.ts [--only throughput,…] [--records 1000,100000] [--long]` */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'throughput,waiting,telling,stampede,memory,sizes' },
    records: { type: 'string' },
    long: { type: 'boolean', default: false },
  },
})
const counts = (values.records ?? (values.long ? '1000,100000,1000000' : '1000,100000'))
  .split(',')
  .map(Number)
const server = await startRedis()
const benches: Readonly<Record<string, () => Promise<void>>> = {
  throughput: () => benchThroughput(server.port),
  async waiting() {
    await benchWaiting(server.port)
    await benchRival(server.port)
  },
  telling: benchTelling,
  stampede: () => benchStampede(server.port),
  memory: () => benchMemory(Math.min(100_000, Math.max(...counts))),
  sizes: () => benchSizes(counts),
}
for (const name of values.only.split(',')) {
  const bench = benches[name]
  if (bench === undefined)
    throw new Error(`There is no benchmark ${name}: ${Object.keys(benches).join(', ')}`)
  await bench()
}
await server.stop()
