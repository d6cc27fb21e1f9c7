import { Inject, Injectable } from '@nestjs/common'
import { ConfigurationError, PipedriveOAuth, PipedriveOAuthError } from '@pd/oauth-core'

export interface PipedriveHealthOptions {
  /** The share of lost installations, 0 to 1, above which the health is `down`. Default: 1, never. */
  readonly maxLost?: number | undefined
  /** How many installations to look at, 0 or more. A store that cannot list has none to look at. Default: 100. */
  readonly sample?: number | undefined
  /**
   * How long to look at installations, in milliseconds; after that the ones seen so far decide. A single read of the store
   * may take up to `policy.storeTimeoutMs`. Default: 1 000.
   */
  readonly timeoutMs?: number | undefined
}

/** A health result, in the form that `@nestjs/terminus` expects. */
export type PipedriveHealth<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'down'
    /** How long one read of the store took, in milliseconds. */
    readonly latencyMs?: number
    /** How many installations were counted. */
    readonly looked?: number
    /** How many of them are lost: their user must connect again, or the record cannot be read. */
    readonly lost?: number
    readonly message?: string
  }
>

/**
 * Checks for `@nestjs/terminus` whether the store answers, and how many installations are lost until their user connects
 * again.
 *
 * @example
 * ```ts
 * import { Controller, Get, Inject } from '@nestjs/common'
 * import { HealthCheck, HealthCheckService } from '@nestjs/terminus'
 * import { PipedriveHealthIndicator } from '@pd/oauth-nestjs'
 *
 * @Controller('health')
 * export class HealthController {
 *   constructor(
 *     @Inject(HealthCheckService) private readonly health: HealthCheckService,
 *     @Inject(PipedriveHealthIndicator) private readonly pipedrive: PipedriveHealthIndicator,
 *   ) {}
 *
 *   @Get()
 *   @HealthCheck()
 *   check() {
 *     return this.health.check([() => this.pipedrive.isHealthy('pipedrive', { maxLost: 0.2 })])
 *   }
 * }
 * ```
 */
@Injectable()
export class PipedriveHealthIndicator {
  readonly #oauth: PipedriveOAuth

  constructor(@Inject(PipedriveOAuth) oauth: PipedriveOAuth) {
    this.#oauth = oauth
  }

  /**
   * Returns the health. An error of the store or of Pipedrive is reported in it, not thrown.
   * @throws {ConfigurationError} `invalid_configuration`, if an option is invalid
   */
  async isHealthy<const Key extends string>(
    key: Key,
    { maxLost = 1, sample = 100, timeoutMs = 1_000 }: PipedriveHealthOptions = {},
  ): Promise<PipedriveHealth<Key>> {
    const problems = optionProblems({ maxLost, sample, timeoutMs })
    if (problems.length > 0) throw new ConfigurationError(problems)
    const named = (health: PipedriveHealth[string]) => ({ [key]: health }) as PipedriveHealth<Key>
    try {
      const { latencyMs, can } = await this.#oauth.checkStore()
      const { looked, lost } = await this.#lost(can.list ? sample : 0, timeoutMs)
      const isUp = looked === 0 || lost / looked <= maxLost
      return named({ status: isUp ? 'up' : 'down', latencyMs, looked, lost })
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      return named({ status: 'down', message: error.message })
    }
  }

  async #lost(sample: number, timeoutMs: number): Promise<{ looked: number; lost: number }> {
    let looked = 0
    let lost = 0
    if (sample === 0) return { looked, lost }
    const until = performance.now() + timeoutMs
    for await (const { status } of this.#oauth.installations()) {
      looked += 1
      if (status === 'reauthorization_required' || status === 'unreadable') lost += 1
      if (looked >= sample || performance.now() >= until) break
    }
    return { looked, lost }
  }
}

function optionProblems({
  maxLost,
  sample,
  timeoutMs,
}: Record<keyof PipedriveHealthOptions, number>): string[] {
  const checks: [isRight: boolean, problem: string][] = [
    [maxLost >= 0 && maxLost <= 1, 'maxLost must be a share between 0 and 1'],
    [Number.isInteger(sample) && sample >= 0, 'sample must be a whole number, 0 or more'],
    [timeoutMs >= 0, 'timeoutMs must be a number of milliseconds, 0 or more'],
  ]
  return checks.filter(([isRight]) => !isRight).map(([, problem]) => problem)
}
