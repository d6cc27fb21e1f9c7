import { soakSuite } from '@pd/test-support/soak'
import { startOwnMariadb } from './hosts.ts'
import { opener } from './mysql-opener.ts'

soakSuite({ opener, start: startOwnMariadb })
