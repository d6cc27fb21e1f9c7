import { Logger as NestLogger } from '@nestjs/common'
import type { LogDetails, Logger } from '@pd/oauth-core'

/** Returns a logger that writes the lines of this library through Nest's own. */
export function nestLogger(): Logger {
  const logger = new NestLogger('PipedriveOAuth')
  return {
    error: (message, { stack }: LogDetails) =>
      stack === undefined ? logger.error(message) : logger.error(message, stack),
    warn: (message) => logger.warn(message),
    info: (message) => logger.log(message),
  }
}
