import { Controller, Injectable, Module, Scope, type Type } from '@nestjs/common'
import {
  OnPipedriveEvent,
  PipedriveModule,
  type PipedriveEvent,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'

/** What the handlers were told. */
export const heard: string[] = []

@Injectable()
class Customers {
  readonly #name = 'customers'

  @OnPipedriveEvent('installed')
  async arrive({ account, firstTime }: PipedriveEvent<'installed'>): Promise<void> {
    await Promise.resolve()
    heard.push(`${this.#name}: ${account.userName} arrived${firstTime ? ' for the first time' : ''}`)
  }

  @OnPipedriveEvent('uninstalled', 'reauthorization_required')
  leave({ type, installationId }: PipedriveEvent<'uninstalled' | 'reauthorization_required'>): void {
    heard.push(`${this.#name}: ${installationId} ${type}`)
  }
}

@Controller('audit')
class AuditController {
  @OnPipedriveEvent()
  note({ type }: PipedriveEvent): void {
    heard.push(`audit: ${type}`)
  }
}

@Injectable()
class Clumsy {
  @OnPipedriveEvent('installed')
  async later(): Promise<void> {
    await Promise.resolve()
    throw new Error('the mail server is down')
  }

  @OnPipedriveEvent('installed')
  atOnce(): void {
    throw new Error('a typing mistake')
  }
}

export function eventsModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [PipedriveModule.forRoot(options)],
    controllers: [AuditController],
    providers: [Customers],
  })
  class AppModule {}
  return AppModule
}

export function clumsyModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], providers: [Clumsy, Customers] })
  class AppModule {}
  return AppModule
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnPipedriveEvent('uninstalled')
  leave(): void {}
}

export function perRequestModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], providers: [PerRequest] })
  class AppModule {}
  return AppModule
}

/** Uses the client while the application is still being put together. */
export function earlyModule(options: PipedriveModuleOptions, early: (module: Type) => Type): Type {
  @Module({ imports: [PipedriveModule.forRoot({ ...options, isGlobal: true })], providers: [Customers] })
  class AppModule {}
  return early(AppModule)
}
