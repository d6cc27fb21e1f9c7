import type { SoakHistory } from './history.ts'
import { indexProblems } from './index-problems.ts'
import { outcomeProblems } from './outcome-problems.ts'
import { requestProblems } from './request-problems.ts'
import { restProblems } from './rest-problems.ts'

/** What each check of a history looks for. */
const checks = { requestProblems, outcomeProblems, restProblems, indexProblems }

/** Returns what a history shows that must not happen, a sentence each. */
export function checkHistory(history: SoakHistory): readonly string[] {
  return Object.values(checks).flatMap((check) => check(history))
}
