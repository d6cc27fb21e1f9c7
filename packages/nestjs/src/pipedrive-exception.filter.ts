import { Catch, Inject, type ArgumentsHost, type ContextType, type ExceptionFilter } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { PipedriveOAuth, PipedriveOAuthError, refuse } from '@pd/oauth-core'
import { throwError, type Observable } from 'rxjs'
import { requestOf, webRequestOf } from './request-of-context.ts'

/**
 * Answers what this library throws: a page whose user has to connect leads to the install link, everybody else gets the
 * error's status with `code` and `message`, as JSON or as a small page, by `Accept`; `retry-after` where a time is known.
 * In a GraphQL resolver the error goes on, with its code as `extensions.code`; a microservice answers `{ status: 'error', code,
 * message }`, the way Nest's own filter does.
 *
 * The module registers it for the whole application. A catch-all filter of the application's own may come before it:
 * then put this one on the controllers, with `@UseFilters()`.
 */
@Catch(PipedriveOAuthError)
export class PipedriveExceptionFilter implements ExceptionFilter<PipedriveOAuthError> {
  constructor(
    @Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: PipedriveOAuthError, host: ArgumentsHost): Promise<void> | Observable<never> {
    const { code, message } = error
    switch (host.getType<ContextType | 'graphql'>()) {
      case 'http':
        return this.#answer(error, host)
      case 'graphql':
        throw Object.assign(error, { extensions: { code } })
      case 'rpc': // An error that a filter throws here is never answered: the caller would wait forever.
        return throwError(() => ({ status: 'error', code, message }))
      default:
        throw error
    }
  }

  async #answer(error: PipedriveOAuthError, host: ArgumentsHost): Promise<void> {
    const request = webRequestOf(requestOf(host), this.oauth.redirectUri)
    const answer = refuse(this.oauth, error, request)
    const { httpAdapter } = this.adapterHost
    const response: unknown = host.switchToHttp().getResponse()
    if (httpAdapter.isHeadersSent(response)) return
    for (const [name, value] of answer.headers) httpAdapter.setHeader(response, name, value)
    httpAdapter.reply(response, await answer.text(), answer.status)
  }
}
