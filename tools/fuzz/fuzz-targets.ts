import type { FuzzTarget } from './fuzz-target.ts'
import { answerTargets } from './targets/answers.ts'
import { apiAddressTargets } from './targets/api-addresses.ts'
import { argumentTargets } from './targets/arguments.ts'
import { importedRowTargets } from './targets/imported-rows.ts'
import { noticeTargets } from './targets/notices.ts'
import { redisTargets } from './targets/redis.ts'
import { webTargets } from './targets/web.ts'

/** Everything that takes input from outside. */
export async function fuzzTargets(): Promise<readonly FuzzTarget[]> {
  return [
    ...(await webTargets()),
    ...noticeTargets(),
    ...answerTargets(),
    ...apiAddressTargets(),
    ...redisTargets(),
    ...importedRowTargets(),
    ...argumentTargets(),
  ]
}
