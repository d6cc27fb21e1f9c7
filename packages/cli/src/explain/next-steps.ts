import type { Disconnection, History, InstallationDescription, Policy } from '@pd/oauth-core'
import { printable } from '../show/printable.ts'
import { relativeTime } from '../show/relative-time.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** Returns what to do about an installation, a sentence each, the most urgent first. Empty: nothing. */
export function nextSteps(
  installation: InstallationDescription,
  history: History,
  policy: Pick<Policy, 'keepAliveWithinMs'>,
  now: number = Date.now(),
): string[] {
  const {
    id,
    status,
    cooldown,
    disconnected,
    missingScopes,
    refreshTokenExpiresAt = Number.POSITIVE_INFINITY,
  } = installation
  if (installation.writtenBy !== undefined)
    return [
      `The record was written by the client id ${printable(installation.writtenBy)}, and this command has another one, so it gets no token. Compare PIPEDRIVE_CLIENT_ID with the application; two apps need two stores, or two tables or prefixes.`,
    ]
  const link = `pd-oauth reconnect-link ${id}`
  if (status === 'reauthorization_required')
    return [
      `The user has to connect again. For an address to send to the user: ${link}`,
      ...(disconnected === undefined ? [] : preventions[disconnected.reason]),
    ]
  return [
    ...(status === 'in_doubt'
      ? [
          'Try again in a minute: another process may still save a newer token. If none does, the user has to connect again.',
        ]
      : []),
    ...(cooldown === undefined ? [] : [coolingStep(cooldown, now)]),
    ...(missingScopes.length === 0
      ? []
      : [
          `The user has not granted ${printable(missingScopes.join(', '))}. Check that the app has these scopes in the Developer Hub; ` +
            `then the user has to connect again: ${link}`,
        ]),
    ...(refreshTokenExpiresAt < now + policy.keepAliveWithinMs
      ? [
          `The grant expires ${relativeTime(refreshTokenExpiresAt, now)} unless it is used. Run daily: pd-oauth keep-alive`,
        ]
      : []),
    ...(hasRepeatedConsents(history, now)
      ? [
          'The user has given consent again and again within minutes. If that was no test, the browser does not keep the session cookie: ' +
            'look for a proxy that drops Set-Cookie, and for another host than that of PIPEDRIVE_REDIRECT_URI.',
        ]
      : []),
  ]
}

/** Returns whether somebody has consented three times within ten minutes, and not long ago. Nobody does so on purpose. */
function hasRepeatedConsents(history: History, now: number): boolean {
  const consents = history.filter(({ kind, at }) => kind === 'installed' && at > now - day)
  return consents.some(({ at }, index) => (consents[index + 2]?.at ?? Infinity) - at <= 10 * minute)
}

/** What keeps it from happening again. */
const preventions: Readonly<Record<Disconnection['reason'], readonly string[]>> = {
  unused: ['To keep grants from expiring, run daily: pd-oauth keep-alive'],
  after_take_over: [
    'If it happens again, look for processes that are stopped during a refresh: let them end with `await oauth.settled()`, and pass `waitUntil` on serverless platforms.',
  ],
  refused: [],
}

function coolingStep({ code, until }: NonNullable<InstallationDescription['cooldown']>, now: number): string {
  if (code === 'client_rejected')
    return 'Compare the client id and the client secret with the Developer Hub: pd-oauth doctor'
  if (code === 'request_rejected')
    return 'Report this as a bug, because Pipedrive rejects the form of the token request.'
  const next = until > now ? `can start ${relativeTime(until, now)}` : 'starts with the next call'
  return `Wait: the next refresh ${next}. If refreshes keep failing, look at status.pipedrive.com.`
}
