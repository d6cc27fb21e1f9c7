import { existsSync } from 'node:fs'
import { PipedriveOAuth, type Policy, type TokenStore } from '../../src/index.ts'
import { sealingSecret } from '../flow/scene.ts'

/** What the program is told. */
export interface StallingSetup {
  readonly origin: string
  readonly app: { readonly clientId: string; readonly clientSecret: string; readonly redirectUri: string }
  readonly policy: Partial<Policy>
  readonly installation: string
}

/** What the program sends: it blocks its event loop now, or the outcome of its call. */
export type StallingReport = 'blocked' | { readonly token: string } | { readonly error: string }

const { origin, app, policy, installation } = JSON.parse(process.env['SETUP'] ?? '') as StallingSetup

/** A store at the other end of a socket. */
async function remote<T>(method: keyof TokenStore, ...args: unknown[]): Promise<T> {
  const body = JSON.stringify(args.map((arg) => arg ?? null))
  const answer = await fetch(`${origin}/store/${method}`, { method: 'POST', body })
  const { value } = (await answer.json()) as { value: T | null }
  return (value ?? undefined) as T
}

const oauth = new PipedriveOAuth({
  ...app,
  secrets: [sealingSecret],
  endpoints: { oauth: origin, api: origin },
  policy,
  store: {
    get: (id) => remote('get', id),
    compareAndSet: (id, expected, next) => remote('compareAndSet', id, expected, next),
  },
})

const report = (outcome: StallingReport) => process.send?.(outcome)

process.on('message', (order: { readonly blockUntilFile: string }) => {
  report('blocked')
  while (!existsSync(order.blockUntilFile));
})
oauth
  .installation(installation)
  .refresh()
  .then(() => oauth.installation(installation).accessToken())
  .then(
    (token) => report({ token }),
    (error: unknown) => report({ error: String(error) }),
  )
  .finally(() => process.disconnect())
