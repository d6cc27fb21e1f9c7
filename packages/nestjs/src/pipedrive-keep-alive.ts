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
   * Refreshes them now and logs the result: as a warning if some failed. Those are tried again in the next run.
   * @throws what core's `keepAlive()` throws
   */
  async run(options: KeepAliveOptions = {}): Promise<KeepAliveReport> {
    const report = await this.#oauth.keepAlive(options)
    const { refreshed, skipped, failed, forgotten } = report
    const summary =
      `${refreshed.length} refreshed, ${skipped.length} skipped, ${failed.length} failed, ` +
      `${forgotten.length} forgotten`
    if (failed.length === 0) this.#logger.log(summary)
    else this.#logger.warn(`${summary}: ${failed.map(({ id, code }) => `${id} (${code})`).join(', ')}`)
    return report
  }
}
