import { grantableScopes } from './app-registration.ts'
import type { Backend } from './backend.ts'
import { optionsOf, valueOf } from './check/argument-checks.ts'
import { refuseUnless } from './check/check.ts'
import type { CompanyRef, UserRef } from './directory.ts'
import { describeInstallation } from './describe-installation.ts'
import type { Installation } from './installation.ts'
import { signExtensionToken, type ExtensionTokenOptions } from './notices/extension-token.ts'
import { sharingNotice } from './notices/sharing-notice.ts'
import { uninstallNotice, type UninstallNoticeOptions } from './notices/uninstall-notice.ts'
import type { AppFetch } from './options.ts'

/**
 * What users, admins and Pipedrive can do and see outside the OAuth flow. Every method throws an `Error` that names an
 * unknown user or company, an unknown field, or an invalid value.
 */
export interface Administration {
  /** Returns the current installations of the app. */
  installations(): readonly Installation[]
  /** Whether the server would accept this access token or refresh token now. */
  serverAccepts(token: string): boolean

  /**
   * Uninstalls the app for a user at Pipedrive. Every token of the installation becomes invalid at once, and the notice
   * goes to `deliver`. Default: the option `appFetch`; without it the notice is not sent.
   * @throws {Error} when the user has not installed the app. Also rejects when `deliver` does.
   */
  uninstall(
    user?: UserRef,
    options?: UninstallNoticeOptions & { readonly deliver?: AppFetch | false | undefined },
  ): Promise<{ readonly request: Request; readonly response?: Response }>
  /** Returns the notice of an uninstall without uninstalling anything. */
  uninstallNotice(user?: UserRef, options?: UninstallNoticeOptions): Request
  /** Returns the legacy notice that the app was shared with a user, or no longer is. Default: `isShared: true`. */
  share(user?: UserRef, options?: { readonly isShared?: boolean | undefined }): Request
  /** Returns the JWT with which Pipedrive opens one of the app's iframes. */
  extensionToken(user?: UserRef, options?: ExtensionTokenOptions): Promise<string>

  /** Replaces the client secret and returns the new one. The old one is invalid at once; tokens stay valid. */
  resetClientSecret(secret?: string): string
  /** Changes the app's scopes. Access tokens become invalid; refresh tokens keep the old scopes until the next consent. */
  changeScopes(scopes: readonly string[]): void
  /** Lets the access tokens of a user expire now, so that the API answers 401. Default: those of all users. */
  expireAccessTokens(user?: UserRef): void
  /** Makes the access tokens of a user invalid before they expire, so that the API answers 401. Default: those of all users. */
  killAccessTokens(user?: UserRef): void
  /** Sets whether a company pays. The API answers 402 for an unpaid one. */
  setCompanyStanding(company: CompanyRef, standing: 'paying' | 'unpaid'): void
  /** Sets how many API tokens a company may still spend today. */
  setDailyBudget(company: CompanyRef, remaining: number): void
  /** Sets how many requests each access token of a company may make in 2 seconds. */
  setBurstLimit(company: CompanyRef, requests: number): void
  /** Spends API tokens of a company's day, as its other apps do. Returns how many are left. */
  spendDailyBudget(company: CompanyRef, tokens: number): number
}

/** @param appFetch receives uninstall notices, unless `uninstall()` names another function. */
export function createAdministration(backend: Backend, appFetch: AppFetch | undefined): Administration {
  const { app, clock, directory, grants, limits, unpaid } = backend
  const userOrAll = (ref: UserRef | undefined) => (ref === undefined ? undefined : directory.user(ref))

  const administration: Administration = {
    installations: () => grants.all().map((grant) => describeInstallation(backend, grant)),
    serverAccepts(token) {
      const grant = grants.byRefreshToken(token)
      return grant ? grants.isCurrent(grant, token) : grants.isLive(grants.accessToken(token))
    },

    async uninstall(ref, options = {}) {
      refuseUnless(optionsOf.uninstall, options, 'uninstall()')
      const { deliver = appFetch ?? false, ...notice } = options
      const user = directory.user(ref)
      const grant = grants.installed(user)
      if (!grant) throw new Error(`${user.name} of company ${user.companyId} has not installed the app`)
      grants.end(grant, 'uninstalled')
      const request = administration.uninstallNotice(user, notice)
      return deliver ? { request, response: await deliver(request.clone()) } : { request }
    },
    uninstallNotice(ref, notice = {}) {
      refuseUnless(optionsOf.uninstallNotice, notice, 'uninstallNotice()')
      return uninstallNotice(app, directory.user(ref), {
        ...notice,
        timestamp: notice.timestamp ?? clock.now(),
      })
    },
    share(ref, options = {}) {
      refuseUnless(optionsOf.share, options, 'share()')
      return sharingNotice(app, directory.user(ref), options.isShared ?? true)
    },
    async extensionToken(ref, token = {}) {
      refuseUnless(optionsOf.extensionToken, token, 'extensionToken()')
      const secret = token.secret ?? app.clientSecret
      return signExtensionToken(directory.user(ref), { ...token, secret }, clock.now())
    },

    resetClientSecret(secret = `${app.clientSecret}-reset`) {
      refuseUnless(valueOf.resetClientSecret, secret, 'resetClientSecret()')
      return (app.clientSecret = secret)
    },
    changeScopes(scopes) {
      refuseUnless(valueOf.changeScopes, scopes, 'changeScopes()')
      app.scopes = grantableScopes(scopes)
      grants.killAccessTokens()
    },
    expireAccessTokens: (ref) => grants.expireAccessTokens(userOrAll(ref)),
    killAccessTokens: (ref) => grants.killAccessTokens(userOrAll(ref)),
    setCompanyStanding(ref, standing) {
      refuseUnless(valueOf.setCompanyStanding, standing, 'setCompanyStanding()')
      const { id } = directory.company(ref)
      if (standing === 'unpaid') unpaid.add(id)
      else unpaid.delete(id)
    },
    setDailyBudget(ref, remaining) {
      refuseUnless(valueOf.setDailyBudget, remaining, 'setDailyBudget()')
      limits.setDailyBudget(directory.company(ref), remaining)
    },
    setBurstLimit(ref, requests) {
      refuseUnless(valueOf.setBurstLimit, requests, 'setBurstLimit()')
      limits.setBurstLimit(directory.company(ref), requests)
    },
    spendDailyBudget(ref, tokens) {
      refuseUnless(valueOf.spendDailyBudget, tokens, 'spendDailyBudget()')
      return limits.spend(directory.company(ref), tokens)
    },
  }
  return administration
}
