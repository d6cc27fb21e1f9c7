import { PipedriveOAuthError, type PipedriveOAuth } from '@pd/oauth-core'
import { randomBytes } from 'node:crypto'
import { ok, problem, requestMs, skipped, warning, type Finding } from './check.ts'

/** A `Date` header tells the second, not more. */
const resolutionMs = 1_000

/**
 * How far this machine's clock is from the server's. Leases and lifetimes are compared across machines, which may differ by
 * `policy.clockSkewMs`.
 */
export async function checkClock(origin: string, oauth: PipedriveOAuth): Promise<Finding> {
  const askedAt = Date.now()
  const answer = await fetch(origin, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(requestMs),
  })
  const tripMs = Date.now() - askedAt
  const serverAt = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(serverAt)) return skipped(`${origin} does not say what time it is`)
  const offMs = askedAt + tripMs / 2 - (serverAt + resolutionMs / 2)
  const { clockSkewMs } = oauth.policy
  const seconds = `${Math.abs(offMs / 1_000).toFixed(1)} s ${offMs < 0 ? 'behind' : 'ahead of'} ${origin}`
  return Math.abs(offMs) <= clockSkewMs + (resolutionMs + tripMs) / 2
    ? ok(`This clock is ${seconds}`)
    : problem(`This clock is ${seconds}`, 'Let this machine set its clock by the network (NTP).')
}

/**
 * Whether Pipedrive knows the client id and accepts the client secret: by a refresh with a token that nobody has. Who the client
 * is comes first: a wrong one is told so, a right one that there is no such token. Nothing is changed or stored.
 */
export async function checkClient(oauth: PipedriveOAuth): Promise<Finding> {
  const unknown = `pd-oauth-doctor-${randomBytes(12).toString('hex')}`
  try {
    await oauth.adopt(
      { access_token: unknown, refresh_token: unknown, expires_in: 0 },
      { obtainedAt: Date.now() - 86_400_000 },
    )
    return skipped('Pipedrive gave tokens for a refresh token that nobody has')
  } catch (error) {
    if (!(error instanceof PipedriveOAuthError)) throw error
    if (error.code === 'reauthorization_required') return ok('Pipedrive accepts client id and client secret')
    return error.code === 'client_rejected'
      ? problem('Pipedrive rejects client id or client secret', 'Compare both with the Developer Hub.')
      : problem(
          `Pipedrive’s token endpoint: ${error.message}`,
          'Look at status.pipedrive.com, and try again.',
        )
  }
}

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether the callback address answers a user who comes back, and a notice of Pipedrive’s. */
export async function checkCallback(redirectUri: string): Promise<Finding[]> {
  if (localHosts.has(new URL(redirectUri).hostname))
    return [
      skipped(
        `${redirectUri} is on this machine: no notice of Pipedrive’s reaches it, and nothing need answer now`,
      ),
    ]
  const ask = async (method: 'GET' | 'DELETE') =>
    (await fetch(redirectUri, { method, redirect: 'manual', signal: AbortSignal.timeout(requestMs) })).status
  return [
    // Without `state` the answer is a redirect or a refusal; what matters is that something is there.
    answered('GET', await ask('GET'), (status) => status < 500 && status !== 404 && status !== 405),
    // Without credentials a notice is refused.
    answered('DELETE', await ask('DELETE'), (status) => status === 401 || status === 403),
  ]
}

function answered(method: string, status: number, isRight: (status: number) => boolean): Finding {
  if (isRight(status)) return ok(`${method} of the callback address is answered (${status})`)
  return method === 'GET'
    ? problem(
        `GET of the callback address is answered with ${status}`,
        'Users who come back end there: look at the routes of the application.',
      )
    : warning(
        `DELETE of the callback address without credentials is answered with ${status}, not 401`,
        'Uninstall notices come there: let the routes of this library answer, or call oauth.handleUninstall().',
      )
}
