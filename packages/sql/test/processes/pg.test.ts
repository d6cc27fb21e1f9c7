import { processSuite } from '@pd/test-support/process-suite'
import { createSchemas, scale } from './hosts.ts'
import { opener } from './pg-opener.ts'

processSuite({ opener, start: createSchemas, scale })
