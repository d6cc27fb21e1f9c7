import { Module, type Type } from '@nestjs/common'
import { PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import { DealsController } from '../deals.controller.ts'

/** The smallest application: options at hand, routes, one guarded controller. */
export function appModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [DealsController] })
  class AppModule {}
  return AppModule
}
