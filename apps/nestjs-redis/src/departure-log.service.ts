import { Injectable, Logger } from '@nestjs/common'
import { OnPipedriveEvent, type PipedriveEvent } from '@pd/oauth-nestjs'

@Injectable()
export class DepartureLog {
  readonly #logger = new Logger(DepartureLog.name)

  @OnPipedriveEvent('uninstalled')
  note({ account, installationId }: PipedriveEvent<'uninstalled'>): void {
    this.#logger.log(`${account.userName} of ${account.companyName} has removed the app (${installationId})`)
  }
}
