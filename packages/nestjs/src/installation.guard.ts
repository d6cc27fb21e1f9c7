import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { PipedriveRequests } from './pipedrive-requests.ts'
import { SKIP_INSTALLATION } from './skip-installation.decorator.ts'

/**
 * Lets only requests pass that belong to an installation, with a valid token at hand: for one handler, a controller, or
 * as `APP_GUARD` for the whole application. What is refused is answered by `PipedriveExceptionFilter`: a page leads to
 * the install link and back, everybody else gets 401 with `code`.
 *
 * @throws {PipedriveOAuthError} as core's `installationFor`
 */
@Injectable()
export class InstallationGuard implements CanActivate {
  constructor(
    @Inject(PipedriveRequests) private readonly requests: PipedriveRequests,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()]
    const isSkipped =
      this.reflector.getAllAndOverride<boolean | undefined>(SKIP_INSTALLATION, places) ?? false
    if (!isSkipped) await this.requests.admit(context)
    return true
  }
}
