import { Controller, Get, Module, UseGuards, type Type } from '@nestjs/common'
import {
  InstallationGuard,
  PipedriveModule,
  RequireScopes,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'
import { DealsController } from '../deals.controller.ts'

/** The smallest application: its options, routes, one guarded controller. */
export function appModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [DealsController] })
  class AppModule {}
  return AppModule
}

@Controller('webhooks')
@UseGuards(InstallationGuard)
@RequireScopes('base')
class WebhooksController {
  @Get()
  some(): string {
    return 'some'
  }

  @Get('all')
  @RequireScopes('admin')
  all(): string {
    return 'all'
  }
}

/** A controller that requires one scope, and in one of its handlers another. */
export function scopesModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [WebhooksController] })
  class AppModule {}
  return AppModule
}
