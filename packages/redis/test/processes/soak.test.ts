import { soakSuite } from '@pd/test-support/soak'
import { startDurableRedis } from './hosts.ts'
import { opener } from './opener.ts'

soakSuite({ opener, start: startDurableRedis })
