import { benchAccessToken } from './access-token.ts'
import { printImportTime } from './import-time.ts'
import { printSizes } from './size.ts'

await printSizes()
printImportTime()
await benchAccessToken()
