import type { Clock } from './clock.ts'
import { installationIdOf, type User } from './directory.ts'
import type { Mint } from './mint.ts'

export interface AuthorizationCode {
  readonly user: User
  readonly scopes: readonly string[]
  readonly redirectUri: string
  readonly expiresAt: number
  used: boolean
}

/** The grant of one user in one company, from consent to uninstall. */
export interface Grant {
  readonly user: User
  readonly scopes: readonly string[]
  readonly installedAt: number
  refreshToken: string
  refreshedAt: number
  /** When the refresh token expires if nobody uses it, in epoch milliseconds. */
  refreshTokenExpiresAt: number
  /** Why the grant has ended. Undefined while it lives. */
  ended?: GrantEnding
}

export type GrantEnding = 'uninstalled' | 'revoked' | 'replaced' | 'reuse_detected'

export interface AccessToken {
  readonly token: string
  readonly grant: Grant
  expiresAt: number
  revoked: boolean
}

/** How the server treats tokens; see the options of the same names. */
export interface GrantPolicy {
  readonly rotateRefreshTokens: boolean
  readonly reuseDetection: boolean
  readonly previousAccessTokens: 'live' | 'die'
  readonly refreshTokenOnReinstall: 'new' | 'same'
  readonly accessTokenLifetimeMs: number
  readonly refreshTokenLifetimeMs: number
  readonly codeLifetimeMs: number
}

/** All codes, grants and access tokens of the server. Invalid ones stay, so that the server knows whose they were. */
export class Grants {
  readonly policy: GrantPolicy
  /** Is called after each change of an installation or its tokens. */
  onChange: () => void = () => {}
  readonly #clock: Clock
  readonly #mint: Mint
  readonly #codes = new Map<string, AuthorizationCode>()
  readonly #installed = new Map<string, Grant>()
  readonly #byRefreshToken = new Map<string, Grant>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #issuedTo = new Map<string, AccessToken[]>()
  readonly #exchangedApiTokens = new Set<string>()
  readonly #lastRefreshToken = new Map<string, string>()

  constructor(policy: GrantPolicy, clock: Clock, mint: Mint) {
    this.policy = policy
    this.#clock = clock
    this.#mint = mint
  }

  /** Returns a code for a user who has allowed access. It works once, for a short time. */
  issueCode(user: User, scopes: readonly string[], redirectUri: string): string {
    const code = this.#mint.code()
    const expiresAt = this.#clock.now() + this.policy.codeLifetimeMs
    this.#codes.set(code, { user, scopes, redirectUri, expiresAt, used: false })
    return code
  }

  code(code: string): AuthorizationCode | undefined {
    return this.#codes.get(code)
  }

  /** Installs the app for a user. It replaces an earlier installation of the same user in the same company. */
  install(user: User, scopes: readonly string[]): Grant {
    const id = installationIdOf(user)
    const former = this.#installed.get(id)
    if (former) this.#replace(former)
    const same = this.policy.refreshTokenOnReinstall === 'same' ? this.#lastRefreshToken.get(id) : undefined
    const now = this.#clock.now()
    const refreshTokenExpiresAt = now + this.policy.refreshTokenLifetimeMs
    const refreshToken = same ?? this.#newRefreshToken()
    const dates = { installedAt: now, refreshedAt: now, refreshTokenExpiresAt }
    const grant: Grant = { user, scopes, refreshToken, ...dates }
    this.#installed.set(id, grant)
    this.#remember(grant)
    this.onChange()
    return grant
  }

  /** Takes over a grant of another fake with its access tokens. */
  restore(grant: Grant, accessTokens: readonly Pick<AccessToken, 'token' | 'expiresAt'>[]): void {
    this.#installed.set(installationIdOf(grant.user), grant)
    this.#remember(grant)
    for (const access of accessTokens) this.#issue({ ...access, grant, revoked: false })
  }

  /** Uses the refresh token once. That restarts its lifetime and, if tokens rotate, replaces it. */
  refresh(grant: Grant): void {
    grant.refreshedAt = this.#clock.now()
    grant.refreshTokenExpiresAt = grant.refreshedAt + this.policy.refreshTokenLifetimeMs
    if (this.policy.previousAccessTokens === 'die') this.killAccessTokens(grant.user)
    if (this.policy.rotateRefreshTokens) {
      grant.refreshToken = this.#newRefreshToken()
      this.#remember(grant)
    }
    this.onChange()
  }

  issueAccessToken(grant: Grant): AccessToken {
    const expiresAt = this.#clock.now() + this.policy.accessTokenLifetimeMs
    const token = unknownOf(this.#accessTokens, () => this.#mint.accessToken())
    const access = this.#issue({ token, grant, expiresAt, revoked: false })
    this.onChange()
    return access
  }

  /** Makes one access token invalid. */
  revoke(access: AccessToken): void {
    access.revoked = true
    this.onChange()
  }

  /** Ends a grant: its refresh token and the user's access tokens become invalid at once. Does nothing if it has ended. */
  end(grant: Grant, ending: GrantEnding): void {
    if (grant.ended) return
    grant.ended = ending
    this.killAccessTokens(grant.user)
    this.#installed.delete(installationIdOf(grant.user))
    this.onChange()
  }

  /** Returns true the first time for each API token, then false. */
  claimApiToken(apiToken: string): boolean {
    if (this.#exchangedApiTokens.has(apiToken)) return false
    this.#exchangedApiTokens.add(apiToken)
    return true
  }

  /** Makes the access tokens of a user invalid before they expire. Default: those of all users. */
  killAccessTokens(user?: User): void {
    for (const access of this.#issued(user)) access.revoked = true
    this.onChange()
  }

  /** Lets the access tokens of a user expire now. Default: those of all users. */
  expireAccessTokens(user?: User): void {
    const now = this.#clock.now()
    for (const access of this.#issued(user)) access.expiresAt = Math.min(access.expiresAt, now)
    this.onChange()
  }

  /** Returns the grant of a refresh token, even if the token is no longer the current one. */
  byRefreshToken(refreshToken: string): Grant | undefined {
    return this.#byRefreshToken.get(refreshToken)
  }

  /** Returns the entry of an access token, even if it is no longer valid. */
  accessToken(token: string): AccessToken | undefined {
    return this.#accessTokens.get(token)
  }

  isCurrent(grant: Grant, refreshToken: string): boolean {
    return (
      !grant.ended && grant.refreshToken === refreshToken && this.#clock.now() < grant.refreshTokenExpiresAt
    )
  }

  isLive(access: AccessToken | undefined): access is AccessToken {
    return access !== undefined && !access.revoked && this.#clock.now() < access.expiresAt
  }

  installed(user: User): Grant | undefined {
    return this.#installed.get(installationIdOf(user))
  }

  all(): readonly Grant[] {
    return [...this.#installed.values()]
  }

  liveAccessTokens(user: User): readonly AccessToken[] {
    return this.#issued(user).filter((access) => this.isLive(access))
  }

  #replace(former: Grant): void {
    former.ended = 'replaced'
    if (this.policy.previousAccessTokens === 'die') this.killAccessTokens(former.user)
  }

  #newRefreshToken(): string {
    return unknownOf(this.#byRefreshToken, () => this.#mint.refreshToken())
  }

  #issue(access: AccessToken): AccessToken {
    this.#accessTokens.set(access.token, access)
    const issued = this.#issued(access.grant.user)
    issued.push(access)
    this.#issuedTo.set(installationIdOf(access.grant.user), issued)
    return access
  }

  #issued(user?: User): AccessToken[] {
    if (user) return this.#issuedTo.get(installationIdOf(user)) ?? []
    return [...this.#accessTokens.values()]
  }

  #remember(grant: Grant): void {
    this.#byRefreshToken.set(grant.refreshToken, grant)
    this.#lastRefreshToken.set(installationIdOf(grant.user), grant.refreshToken)
  }
}

/** Mints a token that is not known yet. A seeded mint repeats itself in each fake, so it may mint a restored token again. */
function unknownOf(known: ReadonlyMap<string, unknown>, mint: () => string): string {
  for (;;) {
    const token = mint()
    if (!known.has(token)) return token
  }
}
