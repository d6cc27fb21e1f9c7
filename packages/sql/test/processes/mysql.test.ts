import { processSuite } from '@pd/test-support/process-suite'
import { createDatabases, scale } from './hosts.ts'
import { opener } from './mysql-opener.ts'

processSuite({ opener, start: createDatabases, scale })
