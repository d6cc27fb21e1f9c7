import { TokenEndpointError, type PipedriveOAuth } from '@pd/oauth-core'
import { isOnThisMachine } from '../is-on-this-machine.ts'
import { ok, problem, requestMs, skipped, warning, type Finding } from './check.ts'

/** A `Date` header is exact to the second. */
const resolutionMs = 1_000

/**
 * Compares this machine's clock with the server's. Leases and lifetimes are compared across machines, whose clocks may
 * differ by `policy.clockSkewMs`.
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
  if (Number.isNaN(serverAt)) return skipped(`${origin} sends no Date header to compare with`)
  const offMs = askedAt + tripMs / 2 - (serverAt + resolutionMs / 2)
  const { clockSkewMs } = oauth.policy
  const seconds = `${Math.abs(offMs / 1_000).toFixed(1)} s ${offMs < 0 ? 'behind' : 'ahead of'} ${origin}`
  return Math.abs(offMs) <= clockSkewMs + (resolutionMs + tripMs) / 2
    ? ok(`This clock is ${seconds}`)
    : problem(`This clock is ${seconds}`, 'Set the clock of this machine from the network (NTP).')
}

/** Checks that Pipedrive accepts client id and client secret. Nothing is changed or stored. */
export async function checkClient(oauth: PipedriveOAuth): Promise<Finding> {
  try {
    const { latencyMs } = await oauth.checkClient()
    return ok(`Pipedrive accepts client id and client secret, in ${latencyMs} ms`)
  } catch (error) {
    if (!(error instanceof TokenEndpointError)) throw error
    return error.code === 'client_rejected'
      ? problem('Pipedrive rejects client id or client secret', 'Compare both with the Developer Hub.')
      : problem(
          `Pipedrive’s token endpoint: ${error.message}`,
          'Look at status.pipedrive.com, then try again.',
        )
  }
}

/** Checks that the callback address answers a user who comes back and a notice from Pipedrive. */
export async function checkCallback(redirectUri: string): Promise<Finding[]> {
  if (isOnThisMachine(redirectUri))
    return [
      skipped(
        `${redirectUri} is on this machine, so it was not opened: your application need not run now. Pipedrive cannot send uninstall notices to it`,
      ),
    ]
  const ask = async (method: 'GET' | 'DELETE') =>
    (await fetch(redirectUri, { method, redirect: 'manual', signal: AbortSignal.timeout(requestMs) })).status
  return [
    // A request without `state` is redirected or refused. Either shows that a route answers.
    answered('GET', await ask('GET'), (status) => status < 500 && status !== 404 && status !== 405),
    // A notice without credentials must be refused.
    answered('DELETE', await ask('DELETE'), (status) => status === 401 || status === 403),
  ]
}

function answered(method: string, status: number, isRight: (status: number) => boolean): Finding {
  if (isRight(status)) return ok(`The callback address answers ${method} (${status})`)
  return method === 'GET'
    ? problem(
        `The callback address answers GET with ${status}`,
        'Users who come back end up there. Check the routes of the application.',
      )
    : warning(
        `The callback address answers DELETE without credentials with ${status}, not 401`,
        'Pipedrive sends uninstall notices there. Use the routes of this library, or call oauth.handleUninstall().',
      )
}
