import { Inject, Injectable } from '@nestjs/common'
import { PipedriveOAuth, PipedriveOAuthError } from '@pd/oauth-core'

export interface PipedriveHealthOptions {
  /** The share of installations, 0 to 1, whose user would have to connect again before this counts as down. Default: 1, never. */
  readonly maxLost?: number
  /** How many installations to look at, at most; 0, or with a store that cannot list: none. Default: 100. */
  readonly sample?: number
}

/** What `@nestjs/terminus` takes for a result. */
export type PipedriveHealth<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'down'
    /** How long the store took for one read, in milliseconds. */
    readonly latencyMs?: number
    /** How many installations were looked at. */
    readonly looked?: number
    /** How many of them need their user to connect again, or cannot be read. */
    readonly lost?: number
    readonly message?: string
  }
>

/**
 * For `@nestjs/terminus`: whether the store answers, and how many installations are lost until their user connects again.
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
  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

  /** Never throws for trouble of store or Pipedrive: that is what it reports. */
  async isHealthy<const Key extends string>(
    key: Key,
    { maxLost = 1, sample = 100 }: PipedriveHealthOptions = {},
  ): Promise<PipedriveHealth<Key>> {
    const named = (health: PipedriveHealth[string]) => ({ [key]: health }) as PipedriveHealth<Key>
    try {
      const { latencyMs, can } = await this.oauth.checkStore()
      const { looked, lost } = await this.#lost(can.list ? sample : 0)
      const isUp = looked === 0 || lost / looked <= maxLost
      return named({ status: isUp ? 'up' : 'down', latencyMs, looked, lost })
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      return named({ status: 'down', message: error.message })
    }
  }

  async #lost(sample: number): Promise<{ looked: number; lost: number }> {
    let looked = 0
    let lost = 0
    if (sample === 0) return { looked, lost }
    for await (const { status } of this.oauth.installations()) {
      looked += 1
      if (status === 'reauthorization_required' || status === 'unreadable') lost += 1
      if (looked >= sample) break
    }
    return { looked, lost }
  }
}
