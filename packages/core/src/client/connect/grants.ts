import { RejectedToken } from '../../calls/calls.ts'
import { expectGranted, firstTokens } from '../../calls/first-tokens.ts'
import { installationIdOf, type Account, type InstallationId } from '../../machine/account.ts'
import { day } from '../../machine/durations.ts'
import { sessionsOf } from '../../machine/installation/state.ts'
import type { Adopted, Authorized } from '../../machine/installation/event.ts'
import type { Check } from '../../machine/problems.ts'
import { isUsable, renewTokens, type Tokens } from '../../machine/tokens.ts'
import { missingScopes } from '../../protocol/scope.ts'
import { readTokenResponse } from '../../protocol/token-answer.ts'
import { readTokenText } from '../../protocol/token-text.ts'
import { InvalidArgumentError, TokenEndpointError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import { separateApps } from '../records/foreign-record.ts'
import { checkOptions, isPositiveWhole, yesOrNo, type Rules } from '../runtime/check-options.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { OneTimeTokens } from './one-time-tokens.ts'
import { aReference } from './reference.ts'

/** Facts about tokens obtained elsewhere. */
export interface AdoptOptions {
  /**
   * When the token response was received, in epoch milliseconds, at most one day ahead. Default: unknown. Tokens of
   * unknown age never replace stored ones, and their access token counts as expired.
   */
  readonly obtainedAt?: number | undefined
  /**
   * The account that the tokens belong to. Default: asks Pipedrive, after a refresh if the access token has expired.
   */
  readonly account?: Account | undefined
  /** The application's own name of the tenant or user, 1 to 200 characters. Default: as it was. */
  readonly reference?: string | undefined
  /** Whether these tokens replace the stored ones, also newer ones, and a grant that has ended. Default: false. */
  readonly replace?: boolean | undefined
  /**
   * Whether Pipedrive is asked even if `account` is given: whether the grant is alive, after a refresh if the access token has
   * expired, and whether it is that account's. Default: false.
   */
  readonly verify?: boolean | undefined
}

/** What happened to the stored installation: see `Adoption.outcome`. */
export type GrantOutcome = 'created' | 'replaced' | 'kept'

/** An account, and what happened to its stored installation. */
export interface StoredGrant {
  readonly account: Account
  readonly outcome: GrantOutcome
}

/** What happened to a stored installation, and the name of its sessions. */
interface Stored {
  readonly outcome: GrantOutcome
  readonly sessions: string | undefined
}

/** Tokens, and the account that they belong to. */
interface Owned {
  readonly tokens: Tokens
  readonly account: Account
}

/** Stores grants: from a consent, from a legacy API token, or adopted. */
export class Grants {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #endpoint: TokenEndpoint
  readonly #oneTime = new OneTimeTokens()
  readonly #exchanging = new Map<string, Promise<StoredGrant>>()

  constructor(settings: Settings, driver: Driver, endpoint: TokenEndpoint) {
    this.#settings = settings
    this.#driver = driver
    this.#endpoint = endpoint
  }

  /** Stores a new grant. Replaces a record that cannot be opened. */
  install(account: Account, tokens: Tokens, reference?: string, since?: number): Promise<Stored> {
    return this.#store({ type: 'authorized' }, account, tokens, reference, since)
  }

  /** Stores tokens obtained elsewhere: a token response as Pipedrive gave it, or a refresh token alone. */
  async adopt(given: unknown, options: AdoptOptions): Promise<StoredGrant> {
    const { clock, apiOrigin } = this.#settings
    const now = clock.now()
    checkOptions('adopt()', options, rules, () => adoptChecks(options, now))
    const alone = readTokenText(
      (given as { readonly refreshToken?: unknown } | null | undefined)?.refreshToken,
    )
    const context = { requestedAt: options.obtainedAt ?? now, apiOrigin, unknownLifetimeMs: 0 }
    const response =
      alone === undefined
        ? firstTokens(readTokenResponse(given, context), apiOrigin, malformedAdoption)
        : undefined
    // Seconds from an unknown moment tell nothing, so the access token counts as expired.
    const tokens = response && options.obtainedAt === undefined ? { ...response, expiresAt: now } : response
    const refreshToken = alone ?? tokens?.refreshToken ?? ''
    const undated = options.obtainedAt === undefined && ({ isUndated: true } as const)
    const claimed = options.account
    const trusted = options.verify === true ? undefined : claimed
    if (tokens !== undefined && trusted !== undefined)
      return this.#adopted(trusted, tokens, options, undated || {})
    return this.#oneTime.during(refreshToken, async () => {
      const alive = await this.#alive(refreshToken, tokens, trusted)
      const owner = installationIdOf(alive.account)
      const isForeign = claimed !== undefined && installationIdOf(claimed) !== owner
      const precedence = {
        isAccepted: true,
        ...(trusted === undefined && ({ isIdentified: true } as const)),
        ...(alive.tokens === tokens && undated),
      } as const
      // The options are meant for the claimed account.
      const meant = isForeign ? {} : options
      // Of another account, nothing is stored, except what would be lost: a refresh may replace the refresh token.
      const isStored = !isForeign || alive.tokens.refreshToken !== refreshToken
      const stored = isStored && (await this.#adopted(alive.account, alive.tokens, meant, precedence))
      this.#oneTime.stored(refreshToken)
      if (stored !== false && !isForeign) return stored
      throw new InvalidArgumentError('adopt()', [foreignTokens(claimed, owner)], { installationId: owner })
    })
  }

  /** Resolves to tokens that Pipedrive accepts, and to their account, which is asked for unless it is given. */
  async #alive(
    refreshToken: string,
    given: Tokens | undefined,
    account: Account | undefined,
  ): Promise<Owned> {
    const { clock, policy } = this.#settings
    const last = this.#oneTime.received(refreshToken) ?? given
    // The access token may live although its expiry is unknown, and a refresh would spend the refresh token.
    if (
      last !== undefined &&
      (last.expiresAt === last.obtainedAt || isUsable(last, clock.now(), undefined, policy))
    ) {
      const owner = account ?? (await this.#ownerOf(last))
      if (owner !== undefined) return { tokens: last, account: owner }
    }
    const tokens = await this.#oneTime.exchanged(refreshToken, last, () =>
      this.#refreshed(last?.refreshToken ?? refreshToken, last),
    )
    return { tokens, account: account ?? (await this.#identified(tokens)) }
  }

  /** Exchanges a legacy API token, which Pipedrive accepts once, and stores the installation. */
  async exchangeApiToken(given: string): Promise<StoredGrant> {
    const apiToken = readTokenText(given)
    if (apiToken === undefined)
      throw new InvalidArgumentError('exchangeApiToken()', [
        'apiToken must be the API token: visible ASCII characters without spaces',
      ])
    const running = this.#exchanging.get(apiToken)
    if (running !== undefined) return running
    const exchanging = this.#installedWith(apiToken).finally(() => this.#exchanging.delete(apiToken))
    this.#exchanging.set(apiToken, exchanging)
    return exchanging
  }

  #installedWith(apiToken: string): Promise<StoredGrant> {
    return this.#oneTime.during(apiToken, async () => {
      const tokens = await this.#oneTime.exchanged(apiToken, undefined, () => this.#exchanged(apiToken))
      const account = await this.#identified(tokens)
      const { outcome } = await this.install(account, tokens)
      this.#oneTime.stored(apiToken)
      return { account, outcome }
    })
  }

  async #adopted(
    account: Account,
    tokens: Tokens,
    { reference, replace }: AdoptOptions,
    known: Pick<Adopted, 'isUndated' | 'isAccepted' | 'isIdentified'>,
  ): Promise<StoredGrant> {
    const kind = { type: 'adopted', ...known, ...(replace === true && { replace }) } as const
    const { outcome } = await this.#store(kind, account, tokens, reference)
    return { account, outcome }
  }

  async #exchanged(apiToken: string): Promise<Tokens> {
    const answer = await this.#endpoint.tokens({ type: 'exchange_api_token', apiToken })
    return firstTokens(answer, this.#settings.apiOrigin)
  }

  async #refreshed(refreshToken: string, previous: Tokens | undefined): Promise<Tokens> {
    const answer = await this.#endpoint.tokens({ type: 'refresh_token', refreshToken })
    const { tokens, ...rest } = expectGranted(answer)
    return previous === undefined
      ? firstTokens({ ...rest, tokens: { refreshToken, ...tokens } }, this.#settings.apiOrigin)
      : renewTokens(previous, tokens)
  }

  /**
   * Undefined: Pipedrive does not accept the access token, or no longer.
   * @throws {TokenEndpointError} `identity_unavailable`
   */
  async #ownerOf(tokens: Tokens): Promise<Account | undefined> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account instanceof RejectedToken) return undefined
    return identified(account)
  }

  async #identified(tokens: Tokens): Promise<Account> {
    return identified(await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken))
  }

  async #store(
    kind:
      | Pick<Authorized, 'type'>
      | Pick<Adopted, 'type' | 'isUndated' | 'isAccepted' | 'isIdentified' | 'replace'>,
    account: Account,
    tokens: Tokens,
    reference: string | undefined,
    since?: number,
  ): Promise<Stored> {
    const { clientId, random, scopes, emit, log } = this.#settings
    const installationId = installationIdOf(account)
    const grantId = randomText(random, 12)
    const named = reference === undefined ? {} : { reference }
    let isFirst = true
    const { before, next } = await this.#driver.submitPersistently(
      installationId,
      (origin, found) => {
        if (found?.state?.grantId !== grantId) isFirst = found === undefined
        return { ...kind, ...origin, grantId, account, tokens, ...named, isFirst }
      },
      { toReplace: kind.type === 'authorized', about: { since } },
    )
    const sessions = next && sessionsOf(next)
    if (next?.grantId !== grantId) return { outcome: 'kept', sessions }
    const writtenBy = before?.state?.clientId ?? clientId
    if (writtenBy !== clientId)
      log.warn({
        what: `the client id ${clientId} has replaced the record of the client id ${writtenBy}, whose processes get no token from it any more`,
        code: 'foreign_record_replaced',
        installationId,
        action: separateApps,
      })
    const missing = missingScopes(scopes, tokens.scopes)
    if (missing.length > 0) emit({ installationId, type: 'scopes_missing', scopes: missing })
    return { outcome: isFirst ? 'created' : 'replaced', sessions }
  }
}

function identified(account: Account | Error): Account {
  if (account instanceof Error) throw new TokenEndpointError('identity_unavailable', { cause: account })
  return account
}

function foreignTokens(claimed: Account | undefined, owner: InstallationId): string {
  const named = claimed === undefined ? '' : ` ${installationIdOf(claimed)}`
  return `account is${named}, but Pipedrive says that the tokens are those of ${owner}`
}

const malformedAdoption =
  'adopt() needs a token response as Pipedrive gave it, with access_token and refresh_token at least, or ' +
  '{ refreshToken } alone. Both tokens are visible ASCII characters without spaces.'

const accountNames = ['companyName', 'companyDomain', 'userName', 'email'] as const

const rules: Rules<AdoptOptions> = {
  obtainedAt: [(value) => Number.isFinite(value) && Number(value) > 1e11, 'in epoch milliseconds'],
  account: [
    (value) => {
      const { companyId, userId } = Object(value) as {
        readonly companyId?: unknown
        readonly userId?: unknown
      }
      return isPositiveWhole(companyId) && isPositiveWhole(userId)
    },
    'an object with companyId and userId, positive whole numbers',
  ],
  reference: aReference,
  replace: yesOrNo,
  verify: yesOrNo,
}

function adoptChecks({ obtainedAt, account }: AdoptOptions, now: number): Check[] {
  return [
    [
      Number.isFinite(obtainedAt) && Number(obtainedAt) > now + day,
      'obtainedAt must not be more than one day ahead',
    ],
    ...accountNames.map((name): Check => {
      const value = account?.[name]
      return [value !== undefined && typeof value !== 'string', `account.${name} must be a text, or left out`]
    }),
    [
      account?.isAdmin !== undefined && typeof account.isAdmin !== 'boolean',
      'account.isAdmin must be true or false, or left out',
    ],
  ]
}
