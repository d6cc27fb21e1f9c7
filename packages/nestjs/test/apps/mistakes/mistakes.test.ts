import { Controller, Get, Module, UseGuards, type LoggerService } from '@nestjs/common'
import { mistakeSuite } from '@pd/test-support/mistakes'
import { onTestFinished } from 'vitest'
import { InstallationGuard, PipedriveModule, RequireScopes } from '../../../src/index.ts'
import { startApp } from '../../start-app.ts'

mistakeSuite('Nest', async ({ options, scopes, hear }) => {
  @Controller('deals')
  class DealsController {
    @Get()
    @UseGuards(InstallationGuard)
    @RequireScopes(...scopes)
    deals() {
      return 'deals'
    }
  }

  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [DealsController] })
  class AppModule {}

  const record =
    (level: 'error' | 'warn') =>
    (message: unknown, ...rest: readonly unknown[]) => {
      if (rest.at(-1) === 'PipedriveOAuth') hear({ level, message: String(message) })
    }
  const logger: LoggerService = { log: () => {}, warn: record('warn'), error: record('error') }
  const running = await startApp(AppModule, { logger })
  onTestFinished(() => running.app.close())
  return { send: (path, init) => fetch(new URL(path, running.origin), { ...init, redirect: 'manual' }) }
})
