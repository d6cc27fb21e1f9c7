import { benchGuard } from './guard.ts'
import { printWorkerSize } from './worker-size.ts'

await printWorkerSize()
await benchGuard()
