import QuickLRU from 'quick-lru'
import { expectGranted, firstTokens } from '../../calls/first-tokens.ts'
import { installationIdOf, isInstallationId, type Account } from '../../machine/account.ts'
import type { Adopted, Authorized } from '../../machine/installation/event.ts'
import { problemsOf } from '../../machine/problems.ts'
import { isUsable, renewTokens, type Tokens } from '../../machine/tokens.ts'
import { missingScopes } from '../../protocol/scope.ts'
import { readTokenResponse } from '../../protocol/token-answer.ts'
import { readTokenText } from '../../protocol/token-text.ts'
import { InvalidArgumentError, TokenEndpointError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import { separateApps } from '../records/foreign-record.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { referenceCheck } from './reference.ts'

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
  /** Whether these tokens replace the stored ones, also newer ones. Default: false. */
  readonly replace?: boolean | undefined
}

/** What happened to the stored installation: see `Adoption.outcome`. */
export type GrantOutcome = 'created' | 'replaced' | 'kept'

/** An account, and what happened to its stored installation. */
export interface StoredGrant {
  readonly account: Account
  readonly outcome: GrantOutcome
}

/** How many tokens this process remembers that it has received and not stored yet. */
const rememberedTokens = 1_000

/** Stores grants: from a consent, from a legacy API token, or adopted. */
export class Grants {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #endpoint: TokenEndpoint
  /**
   * Tokens that are not stored yet, by the one-time token that Pipedrive exchanged for them. If the account is still
   * unknown or the store failed, the next call with the same token continues with these.
   */
  readonly #received = new QuickLRU<string, Tokens>({ maxSize: rememberedTokens })

  constructor(settings: Settings, driver: Driver, endpoint: TokenEndpoint) {
    this.#settings = settings
    this.#driver = driver
    this.#endpoint = endpoint
  }

  /** Stores a new grant. Replaces a record that cannot be opened. */
  install(account: Account, tokens: Tokens, reference?: string, since?: number): Promise<GrantOutcome> {
    return this.#store({ type: 'authorized' }, account, tokens, reference, since)
  }

  /** Stores tokens obtained elsewhere: a token response as Pipedrive gave it, or a refresh token alone. */
  async adopt(given: unknown, options: AdoptOptions): Promise<StoredGrant> {
    const { clock, apiOrigin, policy } = this.#settings
    const now = clock.now()
    const problems = adoptProblems(options, now)
    if (problems.length > 0) throw new InvalidArgumentError('adopt()', problems)
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
    if (tokens !== undefined && options.account !== undefined)
      return this.#adopted(options.account, tokens, options, options.obtainedAt === undefined)
    const last = this.#received.get(refreshToken) ?? tokens
    // The access token may live although its expiry is unknown, and a refresh would spend the refresh token.
    const known = last?.expiresAt === last?.obtainedAt ? await this.#accountOf(last) : undefined
    const isAlive = last !== undefined && (known !== undefined || isUsable(last, now, undefined, policy))
    const usable = isAlive ? last : await this.#refreshed(last?.refreshToken ?? refreshToken, last)
    if (usable !== tokens) this.#received.set(refreshToken, usable)
    const account = options.account ?? known ?? (await this.#identified(usable))
    const isUndated = usable === tokens && options.obtainedAt === undefined
    const stored = await this.#adopted(account, usable, options, isUndated)
    this.#received.delete(refreshToken)
    return stored
  }

  /** Exchanges a legacy API token, which Pipedrive accepts once, and stores the installation. */
  async exchangeApiToken(given: string): Promise<StoredGrant> {
    const apiToken = readTokenText(given)
    if (apiToken === undefined)
      throw new InvalidArgumentError('exchangeApiToken()', [
        'apiToken must be the API token: visible ASCII characters without spaces',
      ])
    const tokens = this.#received.get(apiToken) ?? (await this.#exchanged(apiToken))
    this.#received.set(apiToken, tokens)
    const account = await this.#identified(tokens)
    const outcome = await this.install(account, tokens)
    this.#received.delete(apiToken)
    return { account, outcome }
  }

  async #adopted(
    account: Account,
    tokens: Tokens,
    { reference, replace }: AdoptOptions,
    isUndated: boolean,
  ): Promise<StoredGrant> {
    const precedence = { ...(isUndated && { isUndated }), ...(replace === true && { replace }) }
    return {
      account,
      outcome: await this.#store({ type: 'adopted', ...precedence }, account, tokens, reference),
    }
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

  /** Undefined: Pipedrive did not say, because the access token has expired, for example. */
  async #accountOf(tokens: Tokens | undefined): Promise<Account | undefined> {
    const account = tokens && (await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken))
    return account instanceof Error ? undefined : account
  }

  async #identified(tokens: Tokens): Promise<Account> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account instanceof Error) throw new TokenEndpointError('identity_unavailable', { cause: account })
    return account
  }

  async #store(
    kind: Pick<Authorized, 'type'> | Pick<Adopted, 'type' | 'isUndated' | 'replace'>,
    account: Account,
    tokens: Tokens,
    reference: string | undefined,
    since?: number,
  ): Promise<GrantOutcome> {
    const { clientId, random, scopes, emit, log } = this.#settings
    const installationId = installationIdOf(account)
    const grantId = randomText(random, 12)
    const named = reference === undefined ? {} : { reference }
    const { before, next } = await this.#driver.submitPersistently(
      installationId,
      (origin) => ({ ...kind, ...origin, grantId, clientId, account, tokens, ...named }),
      { toReplace: kind.type === 'authorized', about: { since } },
    )
    if (next?.grantId !== grantId) return 'kept'
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
    return before === undefined ? 'created' : 'replaced'
  }
}

const malformedAdoption =
  'adopt() needs a token response as Pipedrive gave it, with access_token and refresh_token at least, or ' +
  '{ refreshToken } alone. Both tokens are visible ASCII characters without spaces.'

function adoptProblems({ obtainedAt, account, reference }: AdoptOptions, now: number): string[] {
  const isUnreadable = obtainedAt !== undefined && !(Number.isFinite(obtainedAt) && obtainedAt > 1e11)
  return problemsOf(
    [isUnreadable, 'obtainedAt must be in epoch milliseconds'],
    [!isUnreadable && (obtainedAt ?? 0) > now + 86_400_000, 'obtainedAt must not lie in the future'],
    referenceCheck(reference),
    [
      account !== undefined && !isInstallationId(`${account?.companyId}:${account?.userId}`),
      'account must have companyId and userId, positive whole numbers',
    ],
  )
}
