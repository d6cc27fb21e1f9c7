import { processSuite } from '@pd/test-support/process-suite'
import { createFolder, scale } from './hosts.ts'
import { opener } from './node-sqlite-opener.ts'

processSuite({ opener, start: createFolder, scale })
