import { soakSuite } from '@pd/test-support/soak'
import { createSchemas } from './hosts.ts'
import { opener } from './pg-opener.ts'

soakSuite({ opener, start: createSchemas }, { users: 400, seconds: 5 })
