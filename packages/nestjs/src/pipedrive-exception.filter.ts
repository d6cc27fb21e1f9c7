import { Catch, Inject, type ArgumentsHost, type ContextType, type ExceptionFilter } from '@nestjs/common'
import { PipedriveOAuthError } from '@pd/oauth-core'
import { errorResponse } from '@pd/oauth-core/adapter'
import { sendAnswer, type FastifyReplyLike, type NodeResponse } from '@pd/oauth-node/listener'
import { throwError, type Observable } from 'rxjs'
import { contextOf } from './context-of-host.ts'
import { PipedriveWebAuth } from './pipedrive-web-auth.ts'
import { sendToSocket, type GatewayClient } from './send-to-socket.ts'

/**
 * Answers the errors of this library. If the user has to connect, `onMissing` is asked first; else a page leads to the
 * install link, and other requests get JSON. Every other error is answered with its status, `code` and `message`, as JSON or
 * as a small page; with `retry-after` if a time is known. In a GraphQL resolver the error is rethrown, with its
 * code as `extensions.code`. A microservice answers `{ status: 'error', code, message }`, as Nest's own filter does, and a
 * gateway sends the same as the event `exception`.
 *
 * The module registers it for the whole application. A catch-all filter of the application may be asked before it: then put
 * this one on the controllers, with `@UseFilters()`. Nest asks no filter of the application for a gateway: put it there, too.
 */
@Catch(PipedriveOAuthError)
export class PipedriveExceptionFilter implements ExceptionFilter<PipedriveOAuthError> {
  readonly #web: PipedriveWebAuth

  constructor(@Inject(PipedriveWebAuth) web: PipedriveWebAuth) {
    this.#web = web
  }

  catch(error: PipedriveOAuthError, host: ArgumentsHost): Promise<void> | Observable<never> {
    const { code, message } = error
    const kind = host.getType<ContextType | 'graphql'>()
    if (kind !== 'http') this.#web.tellFailure(`a handler of ${kind} failed`, error)
    switch (kind) {
      case 'http':
        return this.#answer(error, host)
      case 'graphql':
        throw Object.assign(error, { extensions: { code } })
      case 'rpc': // An error that a filter throws here is never answered: the caller would wait forever.
        return throwError(() => ({ status: 'error', code, message }))
      case 'ws': // Here an error would end the process or be lost.
        return this.#send(error, host)
      default:
        throw error
    }
  }

  /** A client may be anybody, so it gets the words that an HTTP client gets. */
  async #send(error: PipedriveOAuthError, host: ArgumentsHost): Promise<void> {
    const words: object = await errorResponse(error, new Request(this.#web.origin)).json()
    sendToSocket(host.switchToWs().getClient<GatewayClient>(), 'exception', { status: 'error', ...words })
  }

  async #answer(error: PipedriveOAuthError, host: ArgumentsHost): Promise<void> {
    const response = host.switchToHttp().getResponse<NodeResponse | FastifyReplyLike>()
    await sendAnswer(response, await this.#web.answer(error, contextOf(host)))
  }
}
