import { Inject, Injectable, Logger } from '@nestjs/common'
import { PipedriveOAuth, type KeepAliveOptions, type KeepAliveReport } from '@pd/oauth-core'

/**
 * Refreshes installations whose 60 days would end soon. Run it daily, from `@nestjs/schedule`, a queue or anything else, in
 * any number of processes: each installation is refreshed once.
 */
@Injectable()
export class PipedriveKeepAlive {
  readonly #logger = new Logger(PipedriveKeepAlive.name)

  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

  /**
   * Does it now, and logs what it came to: a warning where some failed. Those are tried again with the next run.
   * @throws as core's `keepAlive()`
   */
  async run(options: KeepAliveOptions = {}): Promise<KeepAliveReport> {
    const report = await this.oauth.keepAlive(options)
    const { refreshed, skipped, failed } = report
    const summary = `${refreshed.length} refreshed, ${skipped.length} skipped, ${failed.length} failed`
    if (failed.length === 0) this.#logger.log(summary)
    else this.#logger.warn(`${summary}: ${failed.map(({ id, code }) => `${id} (${code})`).join(', ')}`)
    return report
  }
}
