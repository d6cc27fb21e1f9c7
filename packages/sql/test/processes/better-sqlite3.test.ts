import { processSuite } from '@pd/test-support/process-suite'
import { opener } from './better-sqlite3-opener.ts'
import { createFolder, scale } from './hosts.ts'

processSuite({ opener, start: createFolder, scale })
