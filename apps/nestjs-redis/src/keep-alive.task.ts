import { Inject, Injectable } from '@nestjs/common'
import { Cron, CronExpression } from '@nestjs/schedule'
import { PipedriveKeepAlive } from '@pd/oauth-nestjs'

/** Runs in every instance; each installation is refreshed only once. */
@Injectable()
export class KeepAliveTask {
  constructor(@Inject(PipedriveKeepAlive) private readonly keepAlive: PipedriveKeepAlive) {}

  @Cron(CronExpression.EVERY_DAY_AT_3AM, { waitForCompletion: true })
  async run(): Promise<void> {
    await this.keepAlive.run()
  }
}
