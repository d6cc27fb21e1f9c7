import { processSuite } from '@pd/test-support/process-suite'
import { contradictions } from './contradictions.ts'
import { startSharedRedis } from './hosts.ts'
import { opener } from './opener.ts'

processSuite({ opener, start: startSharedRedis, contradictions })
