import { Inject, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common'
import {
  PipedriveModule,
  type PipedriveModuleOptions,
  type PipedriveOptionsFactory,
} from '../../../src/index.ts'
import { DealsController } from '../deals.controller.ts'

const SETTINGS = Symbol('SETTINGS')

/** Where the application's settings come from. */
function settingsModule(settings: PipedriveModuleOptions): DynamicModule {
  @Module({})
  class SettingsModule {}
  return {
    module: SettingsModule,
    providers: [{ provide: SETTINGS, useValue: settings }, PipedriveSettings],
    exports: [SETTINGS, PipedriveSettings],
  }
}

@Injectable()
class PipedriveSettings implements PipedriveOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: PipedriveModuleOptions) {}

  async createPipedriveOptions(): Promise<PipedriveModuleOptions> {
    return this.settings
  }
}

type AsyncOptions = Parameters<typeof PipedriveModule.forRootAsync>[0]

function appModule(settings: PipedriveModuleOptions, how: AsyncOptions): Type {
  @Module({
    imports: [
      PipedriveModule.forRootAsync({ imports: [settingsModule(settings)], isGlobal: true, ...how }),
      DealsModule,
    ],
  })
  class AppModule {}
  return AppModule
}

/** Imports nothing: `isGlobal` brings it what it injects. */
@Module({ controllers: [DealsController] })
class DealsModule {}

export const withClass = (settings: PipedriveModuleOptions) =>
  appModule(settings, { useClass: PipedriveSettings })

export const withExisting = (settings: PipedriveModuleOptions) =>
  appModule(settings, { useExisting: PipedriveSettings })

export const withFactory = (settings: PipedriveModuleOptions) =>
  appModule(settings, {
    inject: [SETTINGS],
    useFactory: async (injected: PipedriveModuleOptions) => injected,
  })
