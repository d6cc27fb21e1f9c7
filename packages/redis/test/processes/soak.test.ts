import { soakSuite } from '@pd/test-support/soak'
import { startSharedRedis } from './hosts.ts'
import { opener } from './opener.ts'

soakSuite({ opener, start: startSharedRedis })
