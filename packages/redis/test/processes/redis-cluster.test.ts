import { processSuite } from '@pd/test-support/process-suite'
import { contradictions } from './contradictions.ts'
import { startRedisCluster } from './hosts.ts'
import { opener } from './opener.ts'

processSuite({ opener, start: startRedisCluster, contradictions })
