import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { expectGranted, firstTokens } from '../../calls/first-tokens.ts'
import { installationIdOf, isInstallationId, type Account } from '../../machine/account.ts'
import { problemsOf } from '../../machine/problems.ts'
import { isUsable, renewTokens, type Tokens } from '../../machine/tokens.ts'
import { missingScopes } from '../../protocol/scope.ts'
import { readTokenResponse } from '../../protocol/token-answer.ts'
import { InvalidArgumentError, TokenEndpointError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'

/** What is known of tokens obtained elsewhere. */
export interface AdoptOptions {
  /** When the token response was received, in epoch milliseconds. Default: now. */
  readonly obtainedAt?: number | undefined
  /** The account that the tokens belong to. Default: Pipedrive is asked, which needs a refresh first if they have expired. */
  readonly account?: Account | undefined
}

/** What became of an installation when tokens came to it. */
export type GrantOutcome = 'created' | 'replaced' | 'kept'

/** An account, and what became of its installation. */
export interface StoredGrant {
  readonly account: Account
  readonly outcome: GrantOutcome
}

/** A refresh token alone, without the rest of the token response. */
const refreshTokenAlone = v.object({ refreshToken: v.pipe(v.string(), v.minLength(1)) })

/** How many tokens this process remembers that it received and could not store yet. */
const rememberedTokens = 1_000

/** The ways by which tokens come to an installation. */
export class Grants {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #endpoint: TokenEndpoint
  /**
   * What Pipedrive gave for a token that may serve only once, by that token, until it is stored: a second try goes on from
   * there if Pipedrive did not say who the tokens belong to, or the store did not take them.
   */
  readonly #received = new QuickLRU<string, Tokens>({ maxSize: rememberedTokens })

  constructor(settings: Settings, driver: Driver, endpoint: TokenEndpoint) {
    this.#settings = settings
    this.#driver = driver
    this.#endpoint = endpoint
  }

  /** Stores a grant that the user has just given. */
  install(account: Account, tokens: Tokens): Promise<GrantOutcome> {
    return this.#store('authorized', account, tokens)
  }

  /** Takes over tokens obtained elsewhere: a token response as Pipedrive gave it, or a refresh token alone. */
  async adopt(given: unknown, options: AdoptOptions): Promise<StoredGrant> {
    const { clock, apiOrigin, policy } = this.#settings
    const now = clock.now()
    const problems = adoptProblems(options, now)
    if (problems.length > 0) throw new InvalidArgumentError('adopt()', problems)
    const alone = v.safeParse(refreshTokenAlone, given)
    const context = { requestedAt: options.obtainedAt ?? now, apiOrigin }
    const tokens = alone.success
      ? undefined
      : firstTokens(readTokenResponse(given, context), apiOrigin, malformedAdoption)
    const refreshToken = alone.success ? alone.output.refreshToken : (tokens?.refreshToken ?? '')
    if (tokens !== undefined && options.account !== undefined) return this.#adopted(options.account, tokens)
    const last = this.#received.get(refreshToken) ?? tokens
    const isFresh = last !== undefined && isUsable(last, now, undefined, policy)
    const usable = isFresh ? last : await this.#refreshed(last?.refreshToken ?? refreshToken, last)
    if (usable !== tokens) this.#received.set(refreshToken, usable)
    const stored = await this.#adopted(options.account ?? (await this.#identified(usable)), usable)
    this.#received.delete(refreshToken)
    return stored
  }

  /** Turns a legacy API token into an installation. Pipedrive does so once per API token. */
  async exchangeApiToken(apiToken: string): Promise<StoredGrant> {
    const tokens = this.#received.get(apiToken) ?? (await this.#exchanged(apiToken))
    this.#received.set(apiToken, tokens)
    const account = await this.#identified(tokens)
    const outcome = await this.install(account, tokens)
    this.#received.delete(apiToken)
    return { account, outcome }
  }

  async #adopted(account: Account, tokens: Tokens): Promise<StoredGrant> {
    return { account, outcome: await this.#store('adopted', account, tokens) }
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

  async #identified(tokens: Tokens): Promise<Account> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account === undefined) throw new TokenEndpointError('identity_unavailable')
    return account
  }

  async #store(type: 'authorized' | 'adopted', account: Account, tokens: Tokens): Promise<GrantOutcome> {
    const { clientId, random, scopes, emit } = this.#settings
    const installationId = installationIdOf(account)
    const grantId = randomText(random, 12)
    const { before, next } = await this.#driver.submitPersistently(
      installationId,
      (at) => ({ type, at, grantId, clientId, account, tokens }),
      type === 'authorized',
    )
    const missing = missingScopes(scopes, tokens.scopes)
    if (missing.length > 0) emit({ installationId, type: 'scopes_missing', scopes: missing })
    if (next?.grantId !== grantId) return 'kept'
    return before === undefined ? 'created' : 'replaced'
  }
}

const malformedAdoption =
  'adopt() needs a token response as Pipedrive gave it, with access_token and refresh_token at least, or ' +
  '{ refreshToken } alone.'

function adoptProblems({ obtainedAt, account }: AdoptOptions, now: number): string[] {
  const isUnreadable = obtainedAt !== undefined && !(Number.isFinite(obtainedAt) && obtainedAt > 1e11)
  return problemsOf(
    [isUnreadable, 'obtainedAt must be in epoch milliseconds'],
    [!isUnreadable && (obtainedAt ?? 0) > now + 86_400_000, 'obtainedAt lies in the future'],
    [
      account !== undefined && !isInstallationId(`${account?.companyId}:${account?.userId}`),
      'account must have companyId and userId, positive whole numbers',
    ],
  )
}
