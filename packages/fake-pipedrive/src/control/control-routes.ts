import { Hono, type MiddlewareHandler } from 'hono'
import type { Backend } from '../backend.ts'
import { suggestion } from '../check/check.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { isForeign, isJson } from '../http/own-origin.ts'
import { installationIdOf } from '../directory.ts'
import { panelAddress } from '../notices/panel-address.ts'
import { indexPage } from '../pages/index-page.ts'
import { html } from '../pages/page-response.ts'
import { panelPage } from '../pages/panel-page.ts'
import { refusalPage } from '../pages/refusal-page.ts'
import type { Controls } from './controls.ts'
import { orders } from './orders.ts'
import { readings } from './readings.ts'

/**
 * Returns the pages of the fake and, under `/__fake/`, the routes for tests in other processes: `readings` by GET, `orders`
 * by POST with JSON. A request from a page of another origin is refused.
 */
export function controlRoutes(backend: Backend, controls: Controls): Hono<ServerEnvironment> {
  const { log, faults, administration } = controls
  const read = readings(backend, controls)
  const carryOut = orders(backend, controls)
  const paths = [...Object.keys(read), ...Object.keys(carryOut), 'panel']

  const routes = new Hono<ServerEnvironment>()
    .get('/', (c) => html(indexPage(backend, controls, new URL(c.req.url).origin)))
    .get('/__fake/panel', async (c) => {
      const { panelUrl, directory } = backend
      if (panelUrl === undefined)
        return html(
          refusalPage('This app has no panel', 'Set its address with --panel-url or the option panelUrl.'),
          404,
        )
      const user = directory.users.find((user) => installationIdOf(user) === c.req.query('user'))
      if (!user)
        return html(
          refusalPage('There is no such user', 'Name one, such as /__fake/panel?user=1001:11.'),
          404,
        )
      const address = panelAddress(panelUrl, user, await administration.extensionToken(user))
      return html(panelPage(backend, user, address), 200, new URL(panelUrl).origin)
    })
    .use('/__fake/*', fromOwnOrigin)

  for (const [name, answer] of Object.entries(read))
    routes.get(`/__fake/${name}`, (c) => orProblem(() => answer(new URL(c.req.url).searchParams)))
  for (const [name, obey] of Object.entries(carryOut))
    routes.post(`/__fake/${name}`, (c) =>
      isJson(c.req.raw)
        ? orProblem(async () => {
            const body = await bodyOf(c.req.raw)
            return obey(body, new URL(c.req.url).origin)
          })
        : problem(415, 'Send JSON, with the header content-type: application/json'),
    )

  return routes
    .delete('/__fake/calls', () => done(() => log.clear()))
    .delete('/__fake/faults', () => done(() => faults.clear()))
    .all('/__fake/*', (c) => {
      const name = c.req.path.slice('/__fake/'.length)
      if (!paths.includes(name))
        return problem(
          404,
          `There is no /__fake/${name}${suggestion(name, paths) || '.'} There are: ${paths.join(', ')}`,
        )
      return problem(405, `/__fake/${name} does not take ${c.req.method}`)
    })
}

const fromOwnOrigin: MiddlewareHandler<ServerEnvironment> = async (c, next) => {
  if (isForeign(c.req.raw)) return problem(403, 'A page of another origin must not control this fake')
  return next()
}

async function orProblem(answer: () => unknown): Promise<Response> {
  try {
    return Response.json((await answer()) ?? {})
  } catch (error) {
    return problem(400, error instanceof Error ? error.message : String(error))
  }
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text()
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`The body is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

function problem(status: number, error: string): Response {
  return Response.json({ error }, { status })
}

function done(act: () => void): Response {
  act()
  return new Response(null, { status: 204 })
}
