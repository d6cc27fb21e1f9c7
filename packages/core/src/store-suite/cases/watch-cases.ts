import type { InstallationId } from '../../machine/account.ts'
import type { StoreWatch } from '../../store/store.ts'
import { ContractViolation, expectSame } from '../contract-violation.ts'
import { atOnce, recordOf, type Clients, type SuiteCase, type With } from '../suite-case.ts'

const told = 'A watch tells of every change of every record, by any client.'
const versions = 'A version that a watch tells is one that the record had.'
const closed = 'close() ends a watch: `lost` resolves, and nothing more is told.'
const standing = 'The `lost` of a watch does not resolve while it stands.'
const honest = 'A watch over which nothing can come any more says so: its `lost` resolves.'
const saysWhy = 'The `lost` of a watch that broke resolves to the error that caused it.'
const proves = 'A watch that can be cut calls `heartbeat`, and what that returned, before `watch()` resolves.'

const longestHeartbeatMs = 200

type WatchCase = SuiteCase<With<'watch'>>

/** What `watch()` may be expected to do; memory is trusted for as long as a watch stands. */
export const watchCases: readonly WatchCase[] = [
  watchCase('watch() tells when another client creates, updates and deletes a record', async (scene) => {
    const { other, heard } = scene
    await other.compareAndSet('1:1', undefined, recordOf('a'))
    await heard('1:1', 'a')
    await other.compareAndSet('1:1', 'a', recordOf('b', 5))
    await heard('1:1', 'b')
    await other.compareAndSet('1:1', 'b', undefined)
    await heard('1:1', undefined)
  }),
  watchCase('watch() tells of changes by the same client', async ({ store, heard }) => {
    await store.compareAndSet('1:1', undefined, recordOf('a'))
    await heard('1:1', 'a')
  }),
  watchCase('watch() tells of each of 100 records that are written at once', async (scene) => {
    await atOnce(scene, 100, (client, index) =>
      client.compareAndSet(`7:${index + 1}`, undefined, recordOf(`v${index}`)),
    )
    for (let index = 0; index < 100; index++) await scene.heard(`7:${index + 1}`, `v${index}`)
  }),
  watchCase('watch() tells of the last of many updates of one record', async ({ other, heard }) => {
    await other.compareAndSet('1:1', undefined, recordOf('v0'))
    for (let version = 1; version <= 30; version++)
      await other.compareAndSet('1:1', `v${version - 1}`, recordOf(`v${version}`))
    await heard(
      '1:1',
      'v30',
      Array.from({ length: 30 }, (_, version) => `v${version}`),
    )
  }),
  watchCase('the lost of a watch stays pending while the watch stands', async (scene) => {
    const { other, heard, watch, patienceMs } = scene
    await other.compareAndSet('1:1', undefined, recordOf('a'))
    await heard('1:1', 'a')
    const isLost = await Promise.race([
      watch.lost.then(() => true),
      afterHeartbeats(patienceMs).then(() => false),
    ])
    expectSame(isLost, false, standing)
    await other.compareAndSet('1:1', 'a', recordOf('b'))
    await heard('1:1', 'b')
  }),
  watchCase('close() ends one watch and leaves the others', async ({ store, other, heard, patienceMs }) => {
    const seen: InstallationId[] = []
    const heartbeatMs = heartbeatOf(patienceMs)
    const second = await store.watch((id) => void seen.push(id), { heartbeatMs })
    await second.close()
    await resolved(second.lost, patienceMs, closed)
    await other.compareAndSet('1:1', undefined, recordOf('a'))
    await heard('1:1', 'a')
    expectSame(seen, [], closed)
  }),
]

interface WatchScene extends Clients<With<'watch'>> {
  readonly watch: StoreWatch
  /** How many heartbeats had come back when `watch()` resolved. */
  readonly proofs: number
  /**
   * Resolves when the watch has told of a record, with this version or without one. `earlier`: the versions that the record
   * had before, besides those that were waited for: news may be late, doubled and out of order.
   */
  heard(id: InstallationId, version: string | undefined, earlier?: readonly string[]): Promise<void>
}

function watchCase(title: string, run: (scene: WatchScene) => Promise<void>): WatchCase {
  return { title, run: (clients) => withWatch(clients, run) }
}

/** Runs a case with a watch, and closes it at the end. */
async function withWatch(
  clients: Clients<With<'watch'>>,
  run: (scene: WatchScene) => Promise<void>,
): Promise<void> {
  const heartbeatMs = heartbeatOf(clients.patienceMs)
  const news: { readonly id: InstallationId; readonly version: string | undefined }[] = []
  let wake = () => {}
  let heartbeats = 0
  const watch = await clients.store.watch(
    (id, version) => {
      news.push({ id, version })
      wake()
    },
    { heartbeatMs, heartbeat: () => () => void heartbeats++ },
  )
  const proofs = heartbeats
  const written = new Map<InstallationId, readonly string[]>()
  const heard: WatchScene['heard'] = async (id, wanted, earlier = []) => {
    const known = [...(written.get(id) ?? []), ...earlier, ...(wanted === undefined ? [] : [wanted])]
    written.set(id, known)
    const ofRecord = () => news.filter((one) => one.id === id).map(({ version }) => version)
    const isThere = () => ofRecord().some((version) => version === undefined || version === wanted)
    const until = Date.now() + clients.patienceMs
    while (!isThere()) {
      const leftMs = until - Date.now()
      if (leftMs <= 0) throw new ContractViolation(told, `news of ${id}`, `none in ${clients.patienceMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const foreign = ofRecord().find((version) => version !== undefined && !known.includes(version))
    if (foreign !== undefined) throw new ContractViolation(versions, known.join(' or '), foreign)
  }
  try {
    await run({ ...clients, watch, proofs, heard })
  } finally {
    await watch.close()
  }
}

/** Checks that a watch whose connection was cut says so within the heartbeat and the patience of the test. */
export async function expectLostAfter(
  cut: () => Promise<void> | void,
  clients: Clients<With<'watch'>>,
): Promise<void> {
  await withWatch(clients, async ({ watch, proofs, patienceMs }) => {
    expectSame(proofs > 0, true, proves)
    await cut()
    const cause = await resolved(watch.lost, heartbeatOf(patienceMs) + patienceMs, honest)
    expectSame(cause instanceof Error, true, saysWhy)
  })
}

/** A heartbeat that fits the patience of the test. */
function heartbeatOf(patienceMs: number): number {
  return Math.min(longestHeartbeatMs, patienceMs)
}

function afterHeartbeats(patienceMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2 * heartbeatOf(patienceMs)))
}

async function resolved(promise: Promise<unknown>, withinMs: number, rule: string): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, withinMs, 'late')
  })
  try {
    const outcome = await Promise.race([promise, late])
    if (outcome === 'late')
      throw new ContractViolation(rule, 'resolved', `still pending after ${withinMs} ms`)
    return outcome
  } finally {
    clearTimeout(timer)
  }
}
