import {
  All,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common'
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core'
import { map, type Observable } from 'rxjs'
import {
  InstallationGuard,
  PipedriveModule,
  SkipInstallation,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'
import { DealsController } from '../deals.controller.ts'

@Controller('public')
@SkipInstallation()
class PublicController {
  @Get()
  hello(): string {
    return 'everybody'
  }
}

/** One handler of a guarded controller is open. */
@Controller('mixed')
class MixedController {
  @Get('open')
  @SkipInstallation()
  open(): string {
    return 'everybody'
  }

  @Get('guarded')
  guarded(): string {
    return 'somebody'
  }
}

/** A team that serves the callback itself. */
@Controller('pipedrive')
class OwnRoutesController {
  @All('callback')
  callback(): string {
    return 'served by the team'
  }

  @Get('elsewhere')
  elsewhere(): string {
    return 'never'
  }
}

/** The whole application is for installations, and the team serves the routes. */
export function ownRoutesModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [PipedriveModule.forRoot({ ...options, routes: false })],
    controllers: [OwnRoutesController],
    providers: [{ provide: APP_GUARD, useClass: InstallationGuard }],
  })
  class AppModule {}
  return AppModule
}

/** The whole application is for installations, but for what says otherwise. */
export function guardedModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [PipedriveModule.forRoot(options)],
    controllers: [DealsController, MixedController, PublicController],
    providers: [{ provide: APP_GUARD, useClass: InstallationGuard }],
  })
  class AppModule {}
  return AppModule
}

@Injectable()
class NobodyPasses implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    throw new ForbiddenException(`Nobody may use ${context.getClass().name}`)
  }
}

@Injectable()
class NothingIsValid implements PipeTransform {
  transform(): never {
    throw new ForbiddenException('Nothing is valid')
  }
}

@Injectable()
class InEnvelope implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })))
  }
}

/** An application whose own guard, pipe and interceptor stand around every one of its handlers. */
export function strictModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [PipedriveModule.forRoot(options)],
    controllers: [PublicController],
    providers: [
      { provide: APP_GUARD, useClass: NobodyPasses },
      { provide: APP_PIPE, useClass: NothingIsValid },
      { provide: APP_INTERCEPTOR, useClass: InEnvelope },
    ],
  })
  class AppModule {}
  return AppModule
}
