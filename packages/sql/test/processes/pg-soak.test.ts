import { soakSuite } from '@pd/test-support/soak'
import { startOwnPostgres } from './hosts.ts'
import { opener } from './pg-opener.ts'

soakSuite({ opener, start: startOwnPostgres }, { rounds: 5 })
