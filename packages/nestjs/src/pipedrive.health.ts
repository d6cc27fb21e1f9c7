import { Inject, Injectable } from '@nestjs/common'
import { PipedriveOAuth, type Health, type HealthOptions, type HealthProblem } from '@pd/oauth-core'

/** A health result, in the form that `@nestjs/terminus` expects. */
export type PipedriveHealth<Key extends string = string> = Record<
  Key,
  {
    /** `down`: the store does not answer, or too many installations need attention. */
    readonly status: 'up' | 'down'
    /** How long one read of the store took, in milliseconds. */
    readonly latencyMs?: number
    /** Of how many installations this process has new tokens that are not saved. */
    readonly unsaved: number
    /** How many installations a daily keep-alive should have refreshed more than a day ago. */
    readonly overdue?: number
    /**
     * Whether memory hears of changes in the store: `standing` if it does. Missing, if the store has no `watch` or
     * `policy.cacheMs` is 0.
     */
    readonly watch?: NonNullable<Health['watch']>
    /** How many installations need attention. */
    readonly attention?: number
    /** What somebody should look at, also while the status is `up`. */
    readonly problems: readonly HealthProblem[]
  }
>

/**
 * Checks the health of the client and its store: see `PipedriveOAuth.health()`.
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
 *     return this.health.check([() => this.pipedrive.isHealthy('pipedrive', { maxAttention: 0.2 })])
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
   * Returns the health. What it finds is reported, not thrown.
   * @throws {InvalidArgumentError} `invalid_argument`, if an option is invalid
   */
  async isHealthy<const Key extends string>(
    key: Key,
    options: HealthOptions = {},
  ): Promise<PipedriveHealth<Key>> {
    const { status, problems, store, unsaved, overdue, watch, attention } = await this.#oauth.health(options)
    const isDown = status === 'failed' || problems.some(({ code }) => code === 'attention_needed')
    const health: PipedriveHealth[string] = {
      status: isDown ? 'down' : 'up',
      ...(store.latencyMs === undefined ? {} : { latencyMs: store.latencyMs }),
      unsaved,
      ...(overdue === undefined ? {} : { overdue }),
      ...(watch === undefined ? {} : { watch }),
      ...(attention === undefined ? {} : { attention: attention.count }),
      problems,
    }
    return { [key]: health } as PipedriveHealth<Key>
  }
}
