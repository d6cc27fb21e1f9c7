import type { Fault } from '@pd/fake-pipedrive'
import { random } from '../random.ts'

/** Something that happens during a round besides the operations. `atMs` counts from its beginning, in milliseconds. */
export type Incident = { readonly atMs: number } & (
  | { readonly type: 'kill'; readonly worker: number }
  | { readonly type: 'restart' }
  | { readonly type: 'fault'; readonly fault: Fault; readonly times: number }
)

export interface SoakSize {
  readonly rounds: number
  readonly workers: number
  readonly users: number
  /** How many operations each worker performs in a round. */
  readonly operations: number
}

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

/**
 * The incidents of each round, in order of time. The same seed gives the same ones. A process is killed in every second
 * round, and the store is restarted in every fourth one.
 */
export function soakSchedule(seed: number, { rounds, workers }: SoakSize): readonly (readonly Incident[])[] {
  const next = random(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  return Array.from({ length: rounds }, (_, round) => {
    const incidents: Incident[] = [
      ...Array.from({ length: 1 + below(4) }, (): Incident => ({
        type: 'fault',
        atMs: below(800),
        fault: faults[below(faults.length)] as Fault,
        times: 1 + below(3),
      })),
      ...(round % 2 === 1 ? [{ type: 'kill', atMs: below(800), worker: below(workers) } as const] : []),
      ...(round % 4 === 2 ? [{ type: 'restart', atMs: below(800) } as const] : []),
    ]
    return incidents.sort((left, right) => left.atMs - right.atMs)
  })
}
