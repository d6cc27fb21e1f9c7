import type { FakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuthError, type InstallationId, type PipedriveOAuth } from '@pd/oauth-core'
import type { CreateScene } from '../process-suite/store-under-test.ts'
import type { FailedCall } from '../scene/app-tasks.ts'
import type { Scene } from '../scene/create-scene.ts'
import type { Worker } from '../scene/start-worker.ts'
import { severalAtOnce } from '../several-at-once.ts'
import { soakSchedule, type Incident, type SoakSize } from './soak-schedule.ts'
import { requestsBeyondLeases, unexplainedFailures, type Absence } from './soak-verdict.ts'

export interface SoakReport {
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[]
  readonly calls: number
  readonly failures: number
  readonly tokenRequests: number
  readonly incidents: readonly Incident[]
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
}
const accessTokenLifetimeMs = 5_000

/**
 * Processes ask for tokens that live 5 seconds, while some processes are killed, users come and go, and the token
 * endpoint fails. When everything has come to rest, the server's log and the store must agree.
 */
export async function soak(seed: number, size: SoakSize, createScene: CreateScene): Promise<SoakReport> {
  await using scene = await createScene({ users: size.users, fake: { accessTokenLifetimeMs }, policy })
  await scene.install({ ago: 0 })
  const incidents = soakSchedule(seed, size)
  const load = await startLoad(scene, seed, size.workers)
  const absences = await carryOut(incidents, scene, load)
  await load.stop()
  scene.fake.faults.clear()

  const requests = scene.fake.tokenRequests({ grantType: 'refresh_token' })
  // `expires_in` is one second less than the lifetime.
  const freshMs = accessTokenLifetimeMs - 1_000 - policy.refreshAheadMs
  const problems = [
    ...load.crashes,
    ...(await disagreements(scene)),
    ...requestsBeyondLeases(requests, { ...policy, freshMs, killedAt: load.killedAt }),
    ...unexplainedFailures(load.failures, absences),
  ]
  const { calls } = load
  return { problems, calls, failures: load.failures.length, tokenRequests: requests.length, incidents }
}

interface Load {
  readonly failures: readonly FailedCall[]
  /** Workers that ended although the soak did not kill them. */
  readonly crashes: readonly string[]
  readonly killedAt: ReadonlyMap<number, number>
  readonly calls: number
  /** Kills a worker and starts another in its place. */
  replace(index: number): Promise<void>
  /** Lets every worker finish what it has started. */
  stop(): Promise<void>
}

async function startLoad(scene: Scene, seed: number, count: number): Promise<Load> {
  const { ids } = scene
  const failures: FailedCall[] = []
  const crashes: string[] = []
  const killedAt = new Map<number, number>()
  let calls = 0
  let started = 0
  const start = async () => {
    const number = ++started
    const [process] = (await scene.workers(1, { processNumber: number })) as [Worker]
    const take = (part: Awaited<ReturnType<typeof process.run<'load'>>>) => {
      failures.push(...part.failures)
      calls += part.calls
    }
    // Short orders, one after another: of a killed worker, only the results of its last half second are lost.
    const turns = async () => {
      for (let round = 1; !load.isStopping; round++)
        take(await process.run('load', { ids, seed: seed + 1_000 * number + round, lanes: 6, forMs: 500 }))
      await process.run('settle', undefined)
    }
    const work = turns().catch((error: unknown) => {
      if (!killedAt.has(number)) crashes.push(`Worker ${number} ended by itself: ${String(error)}`)
    })
    return { number, process, work }
  }
  const load = { isStopping: false }
  const workers = await Promise.all(Array.from({ length: count }, start))

  return {
    failures,
    crashes,
    killedAt,
    get calls() {
      return calls
    },
    async replace(index) {
      const { number, process, work } = workers[index] as (typeof workers)[number]
      killedAt.set(number, Date.now())
      await process.kill()
      await work
      workers[index] = await start()
    },
    async stop() {
      load.isStopping = true
      await Promise.all(workers.map(({ work }) => work))
    },
  }
}

async function carryOut(
  incidents: readonly Incident[],
  scene: Scene,
  load: Load,
): Promise<readonly Absence[]> {
  const { fake, app, ids } = scene
  const absences = new Map<number, Absence>()
  const startedAt = Date.now()
  const begun: Promise<unknown>[] = []
  /** Failures are thrown at the end, where all of this work is awaited. */
  const begin = (work: Promise<unknown>) => {
    work.catch(() => {})
    begun.push(work)
  }
  let replacing: Promise<unknown> = Promise.resolve()
  for (const incident of incidents) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(startedAt + incident.atMs - Date.now(), 0)))
    switch (incident.type) {
      case 'kill':
        begin((replacing = replacing.then(() => load.replace(incident.worker))))
        break
      case 'fault':
        fake.faults.add({
          fault: incident.fault,
          times: incident.times,
          endpoint: 'token',
          grantType: 'refresh_token',
        })
        break
      case 'uninstall': {
        const id = ids[incident.user] as InstallationId
        absences.set(incident.user, { id, from: Date.now(), until: Infinity })
        const { request } = await fake.uninstall(id)
        begin(app.oauth.handleUninstall(request))
        break
      }
      case 'reinstall':
        begin(reinstall(scene, absences.get(incident.user) as Absence))
    }
  }
  await Promise.all(begun)
  return [...absences.values()]
}

/** The user connects again, more than once if a passing error asks for it. */
async function reinstall({ app, fake, origin }: Scene, absence: Absence): Promise<void> {
  const connect = async () => {
    const { url, attempt } = await app.oauth.authorize()
    const consentUrl = url.replace(origin, 'https://oauth.pipedrive.com')
    await app.oauth.callback(await fake.approve(consentUrl, { user: absence.id }), attempt)
  }
  const isRetryable = (error: unknown) => error instanceof PipedriveOAuthError && error.retryable
  for (let tries = 1; ; tries++)
    try {
      await connect()
      break
    } catch (error) {
      if (!isRetryable(error) || tries === 5) throw error
    }
  absence.until = Date.now()
}

/** The differences between the server and the store when everything has come to rest, a sentence each. */
async function disagreements({ app, another, fake, ids }: Scene): Promise<string[]> {
  const problems: string[] = []
  const installed = new Set<string>(fake.installations().map(({ id }) => id))
  const { oauth } = another()
  await severalAtOnce(ids, async (id) => {
    const { owner, found } = await lastingOutcome(oauth, fake, id)
    if (installed.has(id) && owner !== id) problems.push(`${id} is installed and has ${found}`)
    if (!installed.has(id) && found !== 'not_installed') problems.push(`${id} came back: ${found}`)
  })
  const expected = [...installed].sort().join()
  const { ids: listed } = await app.store.list({ limit: 100_000 })
  if (listed.toSorted().join() !== expected)
    problems.push('list() does not give the installations of the server')
  const due = await app.store.due(Infinity, 100_000)
  if (
    due
      .map(({ id }) => id)
      .toSorted()
      .join() !== expected
  )
    problems.push('due() does not give the installations of the server')
  return problems
}

interface Outcome {
  /** The installation that the token belongs to, as the API says. */
  readonly owner?: string | undefined
  /** The outcome in words: whose token it is, or the code of the error. */
  readonly found: string
}

/** What a caller gets after the last cooldown. */
async function lastingOutcome(
  oauth: PipedriveOAuth,
  fake: FakePipedrive,
  id: InstallationId,
): Promise<Outcome> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const askedAt = Date.now()
    try {
      const owner = await ownerOf(fake, await oauth.installation(id).accessToken())
      // A token is valid for `minimumValidityMs` at least. After that, it may have expired before the API saw it.
      const isPrompt = Date.now() - askedAt < policy.minimumValidityMs
      if (owner !== undefined || isPrompt || Date.now() > deadline)
        return { owner, found: `a token of ${owner}` }
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      if (!error.retryable || Date.now() > deadline) return { found: error.code }
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? 100))
    }
  }
}

async function ownerOf(fake: FakePipedrive, token: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fake.fetch('https://api.pipedrive.com/v1/users/me', { headers })
  if (!response.ok) return undefined
  const { data } = (await response.json()) as { data: { id: number; company_id: number } }
  return `${data.company_id}:${data.id}`
}
