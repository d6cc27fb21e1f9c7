import QuickLRU from 'quick-lru'
import { installationIdOf, isInstallationId, type Account } from '../machine/account.ts'
import { isUsable, renewTokens, type Tokens } from '../machine/tokens.ts'
import { defaultApiOrigin } from '../protocol/api-domain.ts'
import { missingScopes } from '../protocol/scope.ts'
import { readTokenResponse, type TokenAnswer } from '../protocol/token-answer.ts'
import { ConfigurationError, ReauthorizationRequiredError, TokenEndpointError } from '../errors.ts'
import type { Driver } from './driver.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { randomText } from './random.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** What is known of tokens that were held elsewhere. */
export interface AdoptOptions {
  /** When the token response was received, in epoch milliseconds. Default: now. */
  readonly obtainedAt?: number
  /** Whose tokens they are. Without it, Pipedrive is asked, which needs a refresh first if they have expired. */
  readonly account?: Account
}

/** How many tokens this process remembers that it won and does not know whose they are. */
const rememberedTokens = 1_000

/** The ways by which tokens come to an installation. */
export class Grants {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #endpoint: TokenEndpoint
  readonly #emit: Emit
  /**
   * What was won with a token that may serve only once, by that token, until it is stored: a second try goes on from
   * there when Pipedrive did not say whose it is, or the store did not take it.
   */
  readonly #won = new QuickLRU<string, Tokens>({ maxSize: rememberedTokens })

  constructor(settings: Settings, driver: Driver, endpoint: TokenEndpoint, emit: Emit) {
    this.#settings = settings
    this.#driver = driver
    this.#endpoint = endpoint
    this.#emit = emit
  }

  /** Stores a grant the user has just given. Resolves to whether there was no installation before. */
  async install(account: Account, tokens: Tokens): Promise<boolean> {
    return this.#store('authorized', account, tokens)
  }

  /** Takes over a token response that was kept elsewhere. */
  async adopt(response: unknown, options: AdoptOptions): Promise<{ account: Account; firstTime: boolean }> {
    const { clock, apiOrigin, policy } = this.#settings
    const problems = adoptProblems(options, clock.now())
    if (problems.length > 0) throw new ConfigurationError(problems)
    const requestedAt = options.obtainedAt ?? clock.now()
    const given = this.firstTokens(readTokenResponse(response, { requestedAt, apiOrigin }), malformedAdoption)
    if (options.account !== undefined)
      return { account: options.account, firstTime: await this.#store('adopted', options.account, given) }
    const last = this.#won.get(given.refreshToken) ?? given
    const tokens = isUsable(last, clock.now(), undefined, policy) ? last : await this.#renewed(last)
    if (tokens !== given) this.#won.set(given.refreshToken, tokens)
    const account = await this.#identified(tokens)
    const firstTime = await this.#store('adopted', account, tokens)
    this.#won.delete(given.refreshToken)
    return { account, firstTime }
  }

  /** Turns a legacy API token into an installation. Pipedrive does so once per API token. */
  async exchangeApiToken(apiToken: string): Promise<{ account: Account; firstTime: boolean }> {
    const tokens = this.#won.get(apiToken) ?? (await this.#exchanged(apiToken))
    this.#won.set(apiToken, tokens)
    const account = await this.#identified(tokens)
    const firstTime = await this.install(account, tokens)
    this.#won.delete(apiToken)
    return { account, firstTime }
  }

  /**
   * The tokens of a first answer, which has nothing to fall back on.
   * @throws {TokenEndpointError} when the answer brings none, `malformed_response` also without a refresh token
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refused
   */
  firstTokens(answer: TokenAnswer, message?: string): Tokens {
    if (answer.type === 'refused') throw new ReauthorizationRequiredError('reauthorization_required')
    if (answer.type === 'failed')
      throw new TokenEndpointError(answer.code, {
        ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
        ...(message === undefined ? {} : { message }),
      })
    const { refreshToken, scopes = [], apiDomain, ...rest } = answer.tokens
    if (refreshToken === undefined)
      throw new TokenEndpointError('malformed_response', message === undefined ? {} : { message })
    const fallback = this.#settings.apiOrigin ?? defaultApiOrigin
    return { ...rest, refreshToken, scopes, apiDomain: apiDomain ?? fallback }
  }

  async #exchanged(apiToken: string): Promise<Tokens> {
    return this.firstTokens(await this.#endpoint.tokens({ type: 'exchange_api_token', apiToken }))
  }

  async #renewed(tokens: Tokens): Promise<Tokens> {
    const answer = await this.#endpoint.tokens({ type: 'refresh_token', refreshToken: tokens.refreshToken })
    return answer.type === 'granted' ? renewTokens(tokens, answer.tokens) : this.firstTokens(answer)
  }

  async #identified(tokens: Tokens): Promise<Account> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account === undefined) throw new TokenEndpointError('identity_unavailable')
    return account
  }

  async #store(type: 'authorized' | 'adopted', account: Account, tokens: Tokens): Promise<boolean> {
    const { clientId, random, scopes } = this.#settings
    const installationId = installationIdOf(account)
    const grantId = randomText(random, 12)
    const { before } = await this.#driver.submitPersistently(
      installationId,
      (at) => ({ type, at, grantId, clientId, account, tokens }),
      type === 'authorized',
    )
    const missing = missingScopes(scopes, tokens.scopes)
    if (missing.length > 0) this.#emit({ installationId, type: 'scopes_missing', scopes: missing })
    return before === undefined
  }
}

const malformedAdoption =
  'adopt() needs a token response as Pipedrive gave it, with access_token and refresh_token at least.'

function adoptProblems({ obtainedAt, account }: AdoptOptions, now: number): string[] {
  const problems: string[] = []
  if (obtainedAt !== undefined && !(Number.isFinite(obtainedAt) && obtainedAt > 1e11))
    problems.push('adopt(): obtainedAt must be in epoch milliseconds')
  else if (obtainedAt !== undefined && obtainedAt > now + 86_400_000)
    problems.push('adopt(): obtainedAt lies in the future')
  if (account !== undefined && !isInstallationId(`${account.companyId}:${account.userId}`))
    problems.push('adopt(): account must have companyId and userId, positive whole numbers')
  return problems
}
