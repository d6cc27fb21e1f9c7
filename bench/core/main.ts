import { parseArgs } from 'node:util'
import { benchAccessToken } from './access-token.ts'
import { printImportTime } from './import-time.ts'
import { benchKeepAlive } from './keep-alive.ts'
import { printSizes } from './size.ts'

/** Prints every figure about the client. `node core/main.ts [--only sizes,import,keep-alive,access-token] [--long]` */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'sizes,import,keep-alive,access-token' },
    long: { type: 'boolean', default: false },
  },
})
const benches: Readonly<Record<string, () => Promise<void> | void>> = {
  sizes: printSizes,
  import: printImportTime,
  'keep-alive': () => benchKeepAlive(values.long),
  'access-token': benchAccessToken,
}
for (const name of values.only.split(',')) {
  const bench = benches[name]
  if (bench === undefined) throw new Error(`There is no bench ${name}: ${Object.keys(benches).join(', ')}`)
  await bench()
}
