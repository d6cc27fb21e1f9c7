import { Inject, Injectable, Module, Scope, type DynamicModule, type Type } from '@nestjs/common'
import type { InstallationId } from '@pd/oauth-core'
import {
  InstallationIdentifier,
  PipedriveModule,
  type PipedriveContext,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'
import { DealsController } from '../deals.controller.ts'

/** The team's own accounts: who has which key. */
@Injectable()
class Accounts {
  readonly #keys = new Map<unknown, InstallationId>([['key-of-ada', '1001:11']])

  find(key: unknown): InstallationId | undefined {
    return this.#keys.get(key)
  }
}

@Injectable()
class ByApiKey extends InstallationIdentifier {
  constructor(@Inject(Accounts) private readonly accounts: Accounts) {
    super()
  }

  async identify(request: Request, { request: own }: PipedriveContext): Promise<InstallationId | undefined> {
    if (own.headers['x-api-key'] !== (request.headers.get('x-api-key') ?? undefined)) return undefined
    return this.accounts.find(own.headers['x-api-key'])
  }
}

@Module({
  providers: [Accounts, { provide: InstallationIdentifier, useClass: ByApiKey }],
})
class AccountsModule {}

@Module({
  providers: [Accounts, { provide: InstallationIdentifier, useClass: ByApiKey, scope: Scope.REQUEST }],
})
class RequestScopedModule {}

@Module({
  providers: [Accounts, { provide: InstallationIdentifier, useClass: ByApiKey, scope: Scope.TRANSIENT }],
})
class TransientModule {}

@Module({ providers: [Accounts, { provide: InstallationIdentifier, useClass: ByApiKey }] })
class SecondModule {}

/** By an option of the module, which injects nothing. */
export const byOption = (options: PipedriveModuleOptions) =>
  appModule(
    {
      ...options,
      identify: (request) => (request.headers.get('x-api-key') === 'key-of-ada' ? '1001:11' : undefined),
    },
    [],
  )
export const byBoth = (options: PipedriveModuleOptions) =>
  appModule({ ...options, identify: () => undefined }, [AccountsModule])

export const identifying = (options: PipedriveModuleOptions) => appModule(options, [AccountsModule])
export const requestScoped = (options: PipedriveModuleOptions) => appModule(options, [RequestScopedModule])
export const transient = (options: PipedriveModuleOptions) => appModule(options, [TransientModule])
export const ambiguous = (options: PipedriveModuleOptions) =>
  appModule(options, [AccountsModule, SecondModule])

function appModule(options: PipedriveModuleOptions, modules: readonly (Type | DynamicModule)[]): Type {
  @Module({ imports: [PipedriveModule.forRoot(options), ...modules], controllers: [DealsController] })
  class AppModule {}
  return AppModule
}
