import { soakSuite } from '@pd/test-support/soak'
import { createFolder } from './hosts.ts'
import { opener } from './node-sqlite-opener.ts'

soakSuite({ opener, start: createFolder }, { rounds: 5 })
