import { AppRouteRouteModule } from 'next/dist/server/route-modules/app-route/module.js'
import { NextRequest } from 'next/server.js'

/** Where Next says that it runs, behind a proxy. */
export const inside = 'http://0.0.0.0:3000'

interface Route {
  handle(request: NextRequest, context: object): Promise<Response>
}

/**
 * Answers a request as Next does for a route handler: with its headers, its address, `after()` and `redirect()`, which pages
 * and server actions have from the same stores. `kept` is what Next keeps alive after the response.
 */
export async function answerInsideNext(
  handler: (request: NextRequest) => Promise<Response>,
  path: string,
  init: { readonly headers?: Record<string, string> } = {},
) {
  const kept: Promise<unknown>[] = []
  // What a build writes into an application, with types that differ from version to version.
  const built = {
    userland: () => ({ GET: handler }),
    definition: {
      kind: 'APP_ROUTE',
      page: '/page/route',
      pathname: '/page',
      filename: 'route',
      bundlePath: 'app/page/route',
    },
    distDir: '.next',
    relativeProjectDir: '',
    resolvedPagePath: '',
  }
  const route: Route = Reflect.construct(AppRouteRouteModule, [built])
  const answer = await route.handle(new NextRequest(inside + path, init), {
    params: {},
    previewProps: { previewModeId: '', previewModeEncryptionKey: '', previewModeSigningKey: '' },
    renderOpts: {
      supportsDynamicResponse: true,
      experimental: {},
      waitUntil: (work: Promise<unknown>) => void kept.push(work),
      onClose: (closed: () => void) => void Promise.resolve().then(closed),
    },
    sharedContext: { buildId: '', deploymentId: '' },
  })
  return { answer, kept }
}
