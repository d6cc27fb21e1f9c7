import { soakSuite } from '@pd/test-support/soak'
import { createDatabases } from './hosts.ts'
import { opener } from './mysql-opener.ts'

soakSuite({ opener, start: createDatabases }, { users: 400, seconds: 5 })
