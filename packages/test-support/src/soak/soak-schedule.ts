import type { Fault } from '@pd/fake-pipedrive'
import { random } from '../random.ts'

/** Something that happens during a soak besides the load. `atMs` counts from the beginning, in milliseconds. */
export type Incident = { readonly atMs: number } & (
  | { readonly type: 'kill'; readonly worker: number }
  | { readonly type: 'uninstall'; readonly user: number }
  | { readonly type: 'reinstall'; readonly user: number }
  | { readonly type: 'fault'; readonly fault: Fault; readonly times: number }
)

export interface SoakSize {
  readonly seconds: number
  readonly workers: number
  readonly users: number
}

/** The average time between two incidents of a kind, in milliseconds. */
const everyMs = { kill: 1_200, uninstall: 120, fault: 250 }

const faults: readonly Fault[] = [
  { type: 'status', status: 503 },
  { type: 'html' },
  { type: 'slow', delayMs: 300 },
  { type: 'slow', delayMs: 300, when: 'after' },
  { type: 'reset' },
  { type: 'reset', when: 'after' },
  { type: 'cut' },
  { type: 'truncated' },
  { type: 'rate_limited', retryAfterSeconds: 1 },
]

/** The incidents of a soak, in order of time. The same seed gives the same ones. Half of the users who leave come back. */
export function soakSchedule(seed: number, { seconds, workers, users }: SoakSize): readonly Incident[] {
  const next = random(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const times = (meanMs: number) =>
    Array.from({ length: Math.floor((seconds * 1_000) / meanMs) }, () => below(seconds * 1_000))
  const leaving = new Set<number>()

  const incidents = [
    ...times(everyMs.kill).map((atMs): Incident => ({ type: 'kill', atMs, worker: below(workers) })),
    ...times(everyMs.fault).map((atMs): Incident => ({
      type: 'fault',
      atMs,
      fault: faults[below(faults.length)] as Fault,
      times: 1 + below(3),
    })),
    ...times(everyMs.uninstall).flatMap((atMs): Incident[] => {
      const user = below(users)
      if (leaving.has(user)) return []
      leaving.add(user)
      const uninstall: Incident = { type: 'uninstall', atMs, user }
      const reinstall: Incident = { type: 'reinstall', atMs: atMs + 50 + below(1_500), user }
      return next() < 0.5 ? [uninstall] : [uninstall, reinstall]
    }),
  ]
  return incidents.sort((left, right) => left.atMs - right.atMs)
}
