import type { Backend } from '../backend.ts'
import { bodyOf } from '../check/argument-checks.ts'
import { isObject, refuseUnless, type Check } from '../check/check.ts'
import { user as userInput } from '../check/option-checks.ts'
import type { CompanyRef, UserInput, UserRef } from '../directory.ts'
import type { FaultPlan } from '../faults/fault.ts'
import type { ExtensionTokenOptions } from '../notices/extension-token.ts'
import type { UninstallNoticeOptions } from '../notices/uninstall-notice.ts'
import { allow, authorizeUrl, cancel, readAuthorizeUrl } from '../oauth/consent.ts'
import { tokenResponse } from '../oauth/token-response.ts'
import type { Controls } from './controls.ts'

type Order = (body: unknown, origin: string) => unknown

interface Consent {
  readonly user?: UserRef
  readonly authorizeUrl?: string
  readonly state?: string
  readonly omitState?: boolean
  readonly error?: string
}

interface CompanyOrder {
  readonly company: CompanyRef
  readonly standing?: 'paying' | 'unpaid'
  readonly dailyBudget?: number
  readonly burstLimit?: number
  readonly spend?: number
}

/** What `POST /__fake/…` does, by name. Each takes a JSON body and returns what is answered. */
export function orders(backend: Backend, { faults, administration }: Controls): Record<string, Order> {
  const { app, clock, directory, grants } = backend

  /** Returns an order that refuses a body with unknown fields or values. */
  function checked<Body>(name: string, check: Check, obey: (body: Body, origin: string) => unknown): Order {
    return (body, origin) => {
      const given = withInfinity(body)
      refuseUnless(check, given, `POST /__fake/${name}`)
      return obey(given as Body, origin)
    }
  }
  const requestOf = ({ authorizeUrl: url, state }: Consent, origin: string) =>
    readAuthorizeUrl(app, url ?? authorizeUrl(app, origin, state))

  return {
    approve: checked<Consent>('approve', bodyOf.approve, (body, origin) => {
      const request = requestOf(body, origin)
      const callbackUrl = allow(
        backend,
        body.omitState ? { ...request, state: undefined } : request,
        directory.user(body.user),
      )
      return { callbackUrl, code: new URL(callbackUrl).searchParams.get('code') }
    }),
    deny: checked<Consent>('deny', bodyOf.deny, (body, origin) => ({
      callbackUrl: cancel(requestOf(body, origin), body.error),
    })),
    install: checked<{ user?: UserRef }>('install', bodyOf.install, ({ user }, origin) =>
      tokenResponse(backend, grants.install(directory.user(user), app.scopes), {
        site: { serves: 'everything' },
        origin,
      }),
    ),
    users: checked<UserInput>('users', userInput, (input) => backend.addUser(input)),
    faults: (plan) => {
      faults.add(withInfinity(plan) as FaultPlan)
      return { pending: faults.pending.length }
    },
    clock: checked<{ advanceMs: number }>('clock', bodyOf.clock, async ({ advanceMs }) => {
      if (!clock.advance)
        throw new Error('The clock of this fake has no advance(). Use runningClock() or manualClock()')
      await clock.advance(advanceMs)
      return { now: clock.now() }
    }),
    company: checked<CompanyOrder>('company', bodyOf.company, (order) => {
      const { company, standing, dailyBudget, burstLimit, spend } = order
      if (standing !== undefined) administration.setCompanyStanding(company, standing)
      if (dailyBudget !== undefined) administration.setDailyBudget(company, dailyBudget)
      if (burstLimit !== undefined) administration.setBurstLimit(company, burstLimit)
      return { remaining: administration.spendDailyBudget(company, spend ?? 0) }
    }),
    app: checked<{ scopes?: readonly string[]; clientSecret?: string }>('app', bodyOf.app, (change) => {
      if (change.scopes !== undefined) administration.changeScopes(change.scopes)
      if (change.clientSecret !== undefined) administration.resetClientSecret(change.clientSecret)
      return app
    }),
    expire: checked<{ user?: UserRef }>('expire', bodyOf.expire, ({ user }) =>
      administration.expireAccessTokens(user),
    ),
    kill: checked<{ user?: UserRef }>('kill', bodyOf.kill, ({ user }) =>
      administration.killAccessTokens(user),
    ),
    uninstall: checked<UninstallNoticeOptions & { user?: UserRef; deliver?: boolean }>(
      'uninstall',
      bodyOf.uninstall,
      async ({ user, deliver = true, ...notice }) => {
        const { response } = await administration.uninstall(
          user,
          deliver ? notice : { ...notice, deliver: false },
        )
        return { delivered: response?.status ?? null }
      },
    ),
    'extension-token': checked<ExtensionTokenOptions & { user?: UserRef }>(
      'extension-token',
      bodyOf.extensionToken,
      async ({ user, ...options }) => ({ token: await administration.extensionToken(user, options) }),
    ),
  }
}

/** Returns a body with the number for the text `Infinity`, which JSON does not have. */
function withInfinity(body: unknown): unknown {
  if (!isObject(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value === 'Infinity' ? Infinity : value]),
  )
}
