import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { contextOf } from './context-of-host.ts'
import { setCurrentInstallation } from './current-installation.decorator.ts'
import { PipedriveWebAuth } from './pipedrive-web-auth.ts'
import { REQUIRED_SCOPES } from './require-scopes.decorator.ts'
import { SKIP_INSTALLATION } from './skip-installation.decorator.ts'

/**
 * Lets a request pass if it belongs to an installation, after making sure that there is a valid access token: for one
 * handler, a controller, or as `APP_GUARD` for the whole application. The routes of the web flow pass it, also if the team
 * serves them itself. `PipedriveExceptionFilter` answers the refused requests: a page leads to the install link and back,
 * other requests get 401 with `code`.
 *
 * @throws {PipedriveOAuthError} as core's `installationFor`
 */
@Injectable()
export class InstallationGuard implements CanActivate {
  readonly #web: PipedriveWebAuth
  readonly #reflector: Reflector

  constructor(@Inject(PipedriveWebAuth) web: PipedriveWebAuth, @Inject(Reflector) reflector: Reflector) {
    this.#web = web
    this.#reflector = reflector
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()]
    if (this.#reflector.getAllAndOverride<boolean | undefined>(SKIP_INSTALLATION, places) === true)
      return true
    const scopes = this.#reflector.getAllAndMerge<string[]>(REQUIRED_SCOPES, places)
    const installation = await this.#web.admit(context, scopes)
    if (installation !== undefined) setCurrentInstallation(contextOf(context).request, installation)
    return true
  }
}
