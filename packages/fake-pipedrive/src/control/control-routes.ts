import { Hono, type Context } from 'hono'
import type { Administration } from '../administration.ts'
import type { Backend } from '../backend.ts'
import type { CallLog } from '../call-log.ts'
import type { FaultPlan } from '../faults/fault.ts'
import type { FaultScript } from '../faults/fault-script.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { installationIdOf } from '../directory.ts'
import { panelAddress } from '../notices/panel-address.ts'
import { indexPage } from '../pages/index-page.ts'
import { panelPage } from '../pages/panel-page.ts'

/** What the control routes read and change. */
export interface Controls {
  readonly log: CallLog
  readonly faults: FaultScript
  readonly administration: Administration
}

/**
 * Returns the routes of the index page and, under `/__fake/`, those for tests in other processes. A POST takes JSON and
 * answers with JSON, or takes a form of the index page and leads back to that page.
 */
export function controlRoutes(backend: Backend, controls: Controls): Hono<ServerEnvironment> {
  const { log, faults, administration } = controls

  return new Hono<ServerEnvironment>()
    .get('/', (c) => c.html(indexPage(backend, controls, new URL(c.req.url).origin)))
    .get('/__fake/panel', async (c) => {
      const { panelUrl, directory } = backend
      if (panelUrl === undefined) return c.text('This app has no panel. Set the option panelUrl.', 404)
      const user = directory.users.find((user) => installationIdOf(user) === c.req.query('user'))
      if (!user) return c.text('There is no such user. Name one, such as ?user=1001:11', 404)
      const address = panelAddress(panelUrl, user, await administration.extensionToken(user))
      return c.html(panelPage(backend, user, address))
    })
    .get('/__fake/calls', (c) => c.json(log.calls))
    .delete('/__fake/calls', (c) => {
      log.clear()
      return c.body(null, 204)
    })
    .get('/__fake/installations', (c) => c.json(administration.installations()))
    .post('/__fake/faults', (c) =>
      order(c, (plan) => {
        // JSON has no Infinity, so the text "Infinity" stands for it.
        faults.add({ ...plan, times: Number(plan['times'] ?? 1) } as FaultPlan)
        return { pending: faults.pending.length }
      }),
    )
    .delete('/__fake/faults', (c) => {
      faults.clear()
      return c.body(null, 204)
    })
    .post('/__fake/expire', (c) => order(c, ({ user }) => administration.expireAccessTokens(user as string)))
    .post('/__fake/uninstall', (c) =>
      order(c, async ({ user, ...notice }) => {
        const { response } = await administration.uninstall(user as string, notice)
        return { delivered: response?.status ?? null }
      }),
    )
}

type Order = Readonly<Record<string, unknown>>

/** Carries out an order, and answers JSON with JSON and a form with a redirect. */
async function order(c: Context, carryOut: (order: Order) => unknown): Promise<Response> {
  const isForm = c.req.header('content-type')?.includes('form-urlencoded') ?? false
  try {
    const result = await carryOut(isForm ? await c.req.parseBody() : await c.req.json<Order>())
    return isForm ? c.redirect('/', 303) : c.json(result ?? {})
  } catch (error) {
    return c.json({ error: error instanceof Error ? error.message : String(error) }, 400)
  }
}
