import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import { codeOf } from '../code-of.ts'
import { random } from '../random.ts'
import type { Operation, OperationKind } from './history.ts'
import { fingerprint, type Journal } from './journal.ts'

/** One process of a soak. */
export interface SoakApp {
  readonly oauth: PipedriveOAuth
  readonly process: number
  /** Where the fake Pipedrive listens. */
  readonly origin: string
  readonly journal: Journal
}

type Result = Pick<Operation, 'outcome' | 'token' | 'owner'>
type Perform = (app: SoakApp, id: InstallationId) => Promise<Result>

const perform: Record<OperationKind, Perform> = {
  token: async ({ oauth }, id) => ({
    outcome: 'ok',
    token: fingerprint(await oauth.installation(id).accessToken()),
  }),

  async call({ oauth }, id) {
    const response = await oauth.installation(id).fetch('/v1/users/me')
    if (!response.ok) return { outcome: `http ${response.status}` }
    const { data } = (await response.json()) as { data: { id: number; company_id: number } }
    return { outcome: 'ok', owner: `${data.company_id}:${data.id}` }
  },

  async refresh({ oauth }, id) {
    await oauth.installation(id).refresh()
    return { outcome: 'ok' }
  },

  async revoke({ oauth }, id) {
    await oauth.installation(id).revokeAccessToken()
    return { outcome: 'ok' }
  },

  async install(app, id) {
    const { url, attempt } = await app.oauth.authorize()
    const { callbackUrl } = await order<{ callbackUrl: string }>(app, 'approve', {
      user: id,
      authorizeUrl: url,
    })
    await app.oauth.callback(callbackUrl, attempt)
    return { outcome: 'ok' }
  },

  async adopt(app, id) {
    const tokens = await order<{ access_token: string }>(app, 'install', { user: id })
    const [companyId, userId] = id.split(':').map(Number) as [number, number]
    const { outcome } = await app.oauth.adopt(tokens, {
      obtainedAt: Date.now(),
      account: { companyId, userId },
    })
    return outcome === 'kept'
      ? { outcome: 'kept' }
      : { outcome: 'ok', token: fingerprint(tokens.access_token) }
  },

  async uninstall({ oauth }, id) {
    await oauth.installation(id).uninstall()
    return { outcome: 'ok' }
  },

  async notice(app, id) {
    try {
      await order(app, 'uninstall', { user: id, deliver: false })
    } catch {
      // The user has not installed the app.
      return { outcome: 'ignored' }
    }
    const [companyId, userId] = id.split(':').map(Number)
    const notice = { company_id: companyId, user_id: userId, timestamp: new Date().toISOString() }
    const { removed } = await app.oauth.handleUninstall(
      new Request(app.oauth.redirectUri, {
        method: 'DELETE',
        headers: { authorization: `Basic ${btoa('fake-client-id:fake-client-secret')}` },
        body: JSON.stringify(notice),
      }),
    )
    return { outcome: removed ? 'ok' : 'ignored' }
  },

  async 'keep-alive'({ oauth }) {
    // None of the refresh tokens expires in truth: the three that expire soonest are renewed.
    const enough = new AbortController()
    let results = 0
    const onResult = () => {
      results += 1
      if (results === 3) enough.abort()
    }
    await oauth.keepAlive({ withinMs: 61 * 86_400_000, concurrency: 1, signal: enough.signal, onResult })
    return { outcome: 'ok' }
  },

  async reseal({ oauth }) {
    const { failed } = await oauth.reseal()
    return { outcome: failed > 0 ? 'unreadable' : 'ok' }
  },
}

/** How often each kind is chosen, of 100. */
const shares: readonly (readonly [OperationKind, number])[] = [
  ['token', 36],
  ['call', 18],
  ['refresh', 12],
  ['revoke', 6],
  ['install', 9],
  ['adopt', 7],
  ['uninstall', 4],
  ['notice', 4],
  ['keep-alive', 1],
  ['reseal', 3],
]

/** The tasks of a process of a soak. */
export const soakTasks = {
  /** Makes an app that has no installations yet usable: everybody's tokens are adopted. */
  async begin(app: SoakApp, ids: readonly InstallationId[]): Promise<void> {
    for (const id of ids) await record(app, 'adopt', id)
  },

  /** Performs so many random operations, in so many lanes. */
  async operate(
    app: SoakApp,
    {
      ids,
      seed,
      lanes,
      count,
    }: { ids: readonly InstallationId[]; seed: number; lanes: number; count: number },
  ): Promise<void> {
    const next = random(seed)
    let left = count
    const lane = async () => {
      while (left-- > 0) {
        const kind = chosen(next() * 100)
        const id = ids[Math.floor(next() * ids.length)] as InstallationId
        await record(app, kind, id)
        await new Promise((resolve) => setTimeout(resolve, next() * 40))
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  },

  /** Resolves when the results of all refreshes are saved. */
  settle: ({ oauth }: SoakApp): Promise<void> => oauth.settled(),
}

function record(app: SoakApp, kind: OperationKind, id: InstallationId): Promise<void> {
  const isOfAll = kind === 'keep-alive' || kind === 'reseal'
  const begun = { process: app.process, kind, ...(isOfAll ? {} : { id }), from: Date.now() }
  return app.journal.operation(begun, () =>
    perform[kind](app, id).catch((error: unknown) => ({ outcome: codeOf(error) })),
  )
}

function chosen(point: number): OperationKind {
  let end = 0
  return shares.find(([, share]) => point < (end += share))?.[0] ?? 'token'
}

/** Lets the fake Pipedrive do something that its user would do. */
async function order<Answer>({ origin }: SoakApp, name: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${origin}/__fake/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
  return (await response.json()) as Answer
}
