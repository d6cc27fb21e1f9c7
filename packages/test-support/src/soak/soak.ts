import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreateScene, StoreHost } from '../process-suite/store-under-test.ts'
import type { Scene } from '../scene/create-scene.ts'
import { WorkerProcess } from '../worker-process.ts'
import { checkHistory } from './check-history.ts'
import type { SoakHistory, TokenRequest } from './history.ts'
import { fingerprint, readJournal } from './journal.ts'
import { lookAtRest } from './look-at-rest.ts'
import type { soakTasks } from './operations.ts'
import { soakSchedule, type Incident, type SoakSize } from './soak-schedule.ts'
import type { SoakWorkerSetup } from './soak-worker.ts'

export interface SoakReport {
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[]
  readonly history: SoakHistory
}

const policy = {
  requestTimeoutMs: 2_000,
  requestsPerRefresh: 1,
  leaseMs: 4_500,
  clockSkewMs: 100,
  minimumValidityMs: 200,
  refreshAheadMs: 1_000,
  cooldownMs: 200,
  maximumCooldownMs: 1_000,
  waitMs: 60_000,
  storeTimeoutMs: 60_000,
  cacheMs: 300,
  watchHeartbeatMs: 100,
}
const accessTokenLifetimeMs = 5_000
/** Each process puts one of them first, so that every `reseal()` has something to do. */
const secrets = ['first-secret-that-is-long-enough-0001', 'other-secret-that-is-long-enough-0002'] as const

/**
 * Processes perform random operations in rounds, while some of them are killed, the store is restarted and the token endpoint
 * fails. Everything that they asked and got is recorded, and the record is checked.
 */
export async function soak<Address>(
  seed: number,
  size: SoakSize,
  createScene: CreateScene<Address>,
  host: Pick<StoreHost<Address>, 'restart'>,
  module: string,
): Promise<SoakReport> {
  await using scene = await createScene({ users: size.users, fake: { accessTokenLifetimeMs }, policy })
  await using workers = await startWorkers(scene, module, size.workers)
  const outages: { from: number; until: number }[] = []
  const restart = async () => {
    const from = Date.now()
    // A file has no server. What ends all processes at once is the restart of its machine.
    await (host.restart?.() ??
      Promise.all(Array.from({ length: size.workers }, (_, index) => workers.kill(index))))
    outages.push({ from, until: Date.now() })
  }

  await workers.begin()
  for (const [round, incidents] of soakSchedule(seed, size).entries()) {
    const happening = carryOut(incidents, scene, workers.kill, restart)
    await Promise.all([
      ...Array.from({ length: size.workers }, (_, index) =>
        workers.operate(index, seed + 1_000 * round + index, size.operations),
      ),
      happening,
    ])
    await workers.revive()
  }
  await workers.settle()
  scene.fake.faults.clear()

  const { killedAt } = workers
  const requests = scene.fake.tokenRequests().map(asSeen)
  const journals = workers.journals().map(readJournal)
  const operations = journals.flatMap((journal) => journal.operations)
  const answers = journals.flatMap((journal) => journal.answers)
  // `expires_in` is one second less than the lifetime.
  const freshMs = accessTokenLifetimeMs - 1_000 - policy.refreshAheadMs
  const rest = await lookAtRest(scene, { answers, requests, operations }, secrets)
  // The answer to a heartbeat may take a second.
  const staleMs = Math.max(policy.cacheMs, policy.watchHeartbeatMs + 1_000)
  const history = {
    policy: { ...policy, freshMs, staleMs },
    killedAt,
    outages,
    operations,
    answers,
    requests,
    rest,
  }
  return { problems: checkHistory(history), history }
}

function asSeen(call: ReturnType<Scene['fake']['tokenRequests']>[number]): TokenRequest {
  const query = new URL(call.url).searchParams
  const { user, refreshToken, grantType, endedAt, abandoned, status, faults } = call
  return {
    process: Number(query.get('process')),
    request: Number(query.get('request')),
    id: user && `${user.companyId}:${user.id}`,
    grantType,
    refreshToken: refreshToken === undefined ? undefined : fingerprint(refreshToken),
    sentAt: Number(query.get('sentAt')),
    endedAt,
    abandoned,
    status,
    faults,
  }
}

async function carryOut(
  incidents: readonly Incident[],
  { fake }: Pick<Scene, 'fake'>,
  kill: (worker: number) => Promise<void>,
  restart: () => Promise<void>,
): Promise<void> {
  const startedAt = Date.now()
  for (const incident of incidents) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(startedAt + incident.atMs - Date.now(), 0)))
    if (incident.type === 'kill') await kill(incident.worker)
    else if (incident.type === 'restart') await restart()
    else {
      const { fault, times } = incident
      fake.faults.add({ fault, times, endpoint: 'token', grantType: 'refresh_token' })
    }
  }
}

type SoakWorker = WorkerProcess<typeof soakTasks>

/** Starts the processes of a soak. */
async function startWorkers(scene: Pick<Scene, 'ids' | 'origin' | 'address'>, module: string, count: number) {
  const { ids, origin, address } = scene
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-soak-'))
  const killedAt = new Map<number, number>()
  let started = 0
  const journalOf = (number: number) => join(folder, `${number}.jsonl`)
  const start = async () => {
    const number = ++started
    const setup: SoakWorkerSetup = {
      module,
      address,
      origin,
      policy,
      secrets: number % 2 === 0 ? secrets : secrets.toReversed(),
      process: number,
      journal: journalOf(number),
    }
    return {
      number,
      worker: await WorkerProcess.start<typeof soakTasks>(
        new URL('./soak-worker.ts', import.meta.url),
        setup,
      ),
    }
  }
  const alive: { number: number; worker: SoakWorker }[] = await Promise.all(
    Array.from({ length: count }, start),
  )

  return {
    killedAt: killedAt as ReadonlyMap<number, number>,
    begin: () => alive[0]!.worker.run('begin', ids),
    /** A worker that is killed meanwhile has done what it could. */
    async operate(index: number, seed: number, operations: number): Promise<void> {
      const { number, worker } = alive[index]!
      await worker.run('operate', { ids, seed, lanes: 4, count: operations }).catch((error: unknown) => {
        if (!killedAt.has(number)) throw error
      })
    },
    async kill(index: number): Promise<void> {
      const { number, worker } = alive[index]!
      if (killedAt.has(number)) return
      killedAt.set(number, Date.now())
      await worker.kill()
    },
    /** Starts another process in place of each that was killed. */
    async revive(): Promise<void> {
      for (const [index, { number }] of alive.entries())
        if (killedAt.has(number)) alive[index] = await start()
    },
    settle: () => Promise.all(alive.map(({ worker }) => worker.run('settle', undefined))),
    journals: () => Array.from({ length: started }, (_, index) => journalOf(index + 1)),
    async [Symbol.asyncDispose]() {
      await Promise.all(alive.map(({ worker }) => worker.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
