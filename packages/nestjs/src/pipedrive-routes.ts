import { Inject, Injectable } from '@nestjs/common'
import { createOAuthHandler, oauthPaths, PipedriveOAuth, platformAddress } from '@pd/oauth-core'
import { sendResponse } from '@remix-run/node-fetch-server'
import type { ServerResponse } from 'node:http'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { PipedriveRequests } from './pipedrive-requests.ts'
import { wholeRequest, type ReceivedRequest } from './whole-request.ts'

/**
 * Serves install, callback and disconnect, before guards, pipes and interceptors: these pages have rules of their own.
 * Everything else goes on.
 */
@Injectable()
export class PipedriveRoutes {
  /** Where each route is in this application, and where the world sees it. */
  readonly paths: ReadonlyMap<string, string>
  readonly #handle: (request: Request) => Promise<Response | undefined>
  /** What each request was on the platform. */
  readonly #received = new WeakMap<Request, ReceivedRequest>()

  constructor(
    @Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth,
    @Inject(PipedriveRequests) requests: PipedriveRequests,
    @Inject(MODULE_OPTIONS_TOKEN) options: PipedriveModuleOptions,
  ) {
    const { path, missingState, sessionMs, onConnected } = options
    this.paths = routePaths(oauth.redirectUri, path)
    this.#handle = createOAuthHandler(oauth, {
      identify: (request) => requests.identify(this.#received.get(request), request),
      ...(missingState && { missingState }),
      ...(sessionMs !== undefined && { sessionMs }),
      ...(onConnected && { onConnected }),
    })
  }

  async use(
    received: ReceivedRequest,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    const address = platformAddress(received, new URL(this.oauth.redirectUri).origin)
    const publicPath = this.paths.get(address?.pathname ?? '')
    if (address === undefined || publicPath === undefined) return next()
    address.pathname = publicPath
    try {
      const request = wholeRequest(received, response, address)
      this.#received.set(request, received)
      const answer = await this.#handle(request)
      if (answer === undefined) return next()
      await sendResponse(response, answer)
    } catch (error) {
      next(error)
    }
  }
}

function routePaths(redirectUri: string, path: string | undefined): ReadonlyMap<string, string> {
  const { install, callback, disconnect } = oauthPaths(redirectUri)
  const base = path?.replace(/\/+$/, '')
  const own = (seen: string, name: string) => (base === undefined ? seen : `${base}/${name}`)
  return new Map([
    [own(install, 'install'), install],
    [own(callback, 'callback'), callback],
    [own(disconnect, 'disconnect'), disconnect],
  ])
}
