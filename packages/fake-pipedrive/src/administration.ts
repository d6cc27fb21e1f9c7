import { grantableScopes } from './app-registration.ts'
import type { Backend } from './backend.ts'
import type { CompanyRef, UserRef } from './directory.ts'
import { describeInstallation, type Installation } from './installation.ts'
import { signExtensionToken, type ExtensionTokenOptions } from './notices/extension-token.ts'
import { sharingNotice } from './notices/sharing-notice.ts'
import { uninstallNotice, type UninstallNoticeOptions } from './notices/uninstall-notice.ts'
import type { AppFetch } from './options.ts'

/** What users, admins and Pipedrive do away from the OAuth flow, and what they can see. */
export interface Administration {
  /** Who has the app installed now. */
  installations(): readonly Installation[]
  /** Whether the server would take this access token or refresh token now. */
  serverAccepts(token: string): boolean

  /**
   * The user removes the app at Pipedrive: every token of the installation dies at once, and the notice goes to
   * `deliver`; by default to the option `appFetch`, and nowhere if there is none.
   * @throws {Error} when the user has not installed the app. Rejects as `deliver` does.
   */
  uninstall(
    user?: UserRef,
    options?: UninstallNoticeOptions & { readonly deliver?: AppFetch | false | undefined },
  ): Promise<{ readonly request: Request; readonly response?: Response }>
  /** The notice of an uninstall, alone: no token dies. */
  uninstallNotice(user?: UserRef, options?: UninstallNoticeOptions): Request
  /** The legacy notice that the app was shared with a user. Default: `isShared: true`. */
  share(user?: UserRef, options?: { readonly isShared?: boolean | undefined }): Request
  /** The JWT with which Pipedrive opens one of the app's iframes. */
  extensionToken(user?: UserRef, options?: ExtensionTokenOptions): Promise<string>

  /** A new client secret: the old one is dead at once, tokens live on. Returns the new one. */
  resetClientSecret(secret?: string): string
  /** Other scopes: access tokens die at once, refresh tokens keep the old scopes until the next consent. */
  changeScopes(scopes: readonly string[]): void
  /** Access tokens reach their expiry now: the API answers 401. Without a user: everybody's. */
  expireAccessTokens(user?: UserRef): void
  /** Access tokens die before their expiry: the API answers 401. Without a user: everybody's. */
  killAccessTokens(user?: UserRef): void
  /** The API of an unpaid company answers 402. */
  setCompanyStanding(company: CompanyRef, standing: 'paying' | 'unpaid'): void
  /** API tokens a company may still spend today. */
  setDailyBudget(company: CompanyRef, remaining: number): void
  /** Requests per access token in 2 seconds, for a company's users. */
  setBurstLimit(company: CompanyRef, requests: number): void
}

/** @param appFetch where uninstall notices go unless told otherwise. */
export function createAdministration(backend: Backend, appFetch: AppFetch | undefined): Administration {
  const { app, clock, directory, grants, limits, unpaid } = backend
  const userOrAll = (ref: UserRef | undefined) => (ref === undefined ? undefined : directory.user(ref))

  const administration: Administration = {
    installations: () => grants.all().map((grant) => describeInstallation(backend, grant)),
    serverAccepts(token) {
      const grant = grants.byRefreshToken(token)
      return grant ? grants.isCurrent(grant, token) : grants.isLive(grants.accessToken(token))
    },

    async uninstall(ref, { deliver = appFetch ?? false, ...notice } = {}) {
      const user = directory.user(ref)
      const grant = grants.installed(user)
      if (!grant) throw new Error(`${user.name} of company ${user.companyId} has not installed the app`)
      grants.end(grant, 'uninstalled')
      const request = administration.uninstallNotice(user, notice)
      return deliver ? { request, response: await deliver(request.clone()) } : { request }
    },
    uninstallNotice: (ref, notice) =>
      uninstallNotice(app, directory.user(ref), { ...notice, timestamp: notice?.timestamp ?? clock.now() }),
    share: (ref, { isShared = true } = {}) => sharingNotice(app, directory.user(ref), isShared),
    extensionToken(ref, token) {
      const secret = token?.secret ?? app.clientSecret
      return signExtensionToken(directory.user(ref), { ...token, secret }, clock.now())
    },

    resetClientSecret: (secret = `${app.clientSecret}-reset`) => (app.clientSecret = secret),
    changeScopes(scopes) {
      app.scopes = grantableScopes(scopes)
      grants.killAccessTokens()
    },
    expireAccessTokens: (ref) => grants.expireAccessTokens(userOrAll(ref)),
    killAccessTokens: (ref) => grants.killAccessTokens(userOrAll(ref)),
    setCompanyStanding(ref, standing) {
      const { id } = directory.company(ref)
      if (standing === 'unpaid') unpaid.add(id)
      else unpaid.delete(id)
    },
    setDailyBudget: (ref, remaining) => limits.setDailyBudget(directory.company(ref), remaining),
    setBurstLimit: (ref, requests) => limits.setBurstLimit(directory.company(ref), requests),
  }
  return administration
}
