import { Inject, Injectable, Logger } from '@nestjs/common'
import { PipedriveOAuth, type KeepAliveOptions, type KeepAliveReport } from '@pd/oauth-core'

/**
 * Refreshes installations whose refresh token would expire soon, 60 days after its last use. Run it daily, from
 * `@nestjs/schedule`, a queue or a cron job, in any number of processes: each installation is refreshed once.
 */
@Injectable()
export class PipedriveKeepAlive {
  readonly #logger = new Logger(PipedriveKeepAlive.name)

  readonly #oauth: PipedriveOAuth

  constructor(@Inject(PipedriveOAuth) oauth: PipedriveOAuth) {
    this.#oauth = oauth
  }

  /**
   * Refreshes them now and logs the result: as a warning if some failed or the run ended early. The next run goes on.
   * @throws what core's `keepAlive()` throws
   */
  async run(options: KeepAliveOptions = {}): Promise<KeepAliveReport> {
    const report = await this.#oauth.keepAlive(options)
    const { refreshed, skipped, failed, forgotten, left, failures, stopped } = report
    const counts =
      `${refreshed} refreshed, ${skipped} skipped, ${failed} failed, ${forgotten} forgotten` +
      (left === undefined ? '' : `, ${left} left`)
    const first = failures.slice(0, mostNamed).map(({ id, code }) => `${id} (${code})`)
    const named = first.length === 0 ? '' : `: ${first.join(', ')}${failed > first.length ? ', …' : ''}`
    if (stopped !== undefined) this.#logger.warn(`The run ended early (${stopped.reason}). ${counts}${named}`)
    else if (failed > 0) this.#logger.warn(`${counts}${named}`)
    else this.#logger.log(counts)
    return report
  }
}

const mostNamed = 10
