import { Catch, Inject, type ArgumentsHost, type ContextType, type ExceptionFilter } from '@nestjs/common'
import { PipedriveOAuth, PipedriveOAuthError, refuse } from '@pd/oauth-core'
import { requestHead, sendAnswer, type FastifyReplyLike, type NodeResponse } from '@pd/oauth-node/listener'
import { throwError, type Observable } from 'rxjs'
import { receivedOf, requestOf } from './request-of-context.ts'

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
  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

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
    const request = requestHead(receivedOf(requestOf(host)), new URL(this.oauth.redirectUri).origin)
    const response = host.switchToHttp().getResponse<NodeResponse | FastifyReplyLike>()
    await sendAnswer(response, refuse(this.oauth, error, request))
  }
}
