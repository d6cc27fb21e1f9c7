import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'
import { do_not_optimize } from 'mitata'
import { connectedClient } from '../core/scene.ts'
import { printTable, times, whole } from '../figures.ts'
import { nanosecondsOf } from '../nanoseconds.ts'
import { report } from '../rows/row.ts'
import { signIn } from './sign-in.ts'

const runs = 10
const aim = 0.3

/** A request through the middleware, warm, over a bare handler: a new `Request` each time, as a server makes it. */
export async function benchGuard(): Promise<void> {
  const { fake, oauth, installation } = await connectedClient()
  const cookie = await signIn(pipedriveAuth(oauth).routes, fake)
  const identified = pipedriveAuth(oauth, { identify: () => installation.id })
  const app = new Hono()
    .get('/bare', (c) => c.text('ok'))
    .get('/installed', pipedriveAuth(oauth).requireInstallation(), (c) => c.text('ok'))
    .get('/by-id', identified.requireInstallation(), (c) => c.text('ok'))
  const request = (path: string) => new Request(`https://app.example.com${path}`, { headers: { cookie } })
  const answered = async (path: string) => {
    const response = await app.fetch(request(path))
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    return response
  }

  const ns = await nanosecondsOf(runs, {
    'a bare handler': async () => do_not_optimize(await answered('/bare')),
    'behind requireInstallation()': async () => do_not_optimize(await answered('/installed')),
    'the same, with an identify of its own': async () => do_not_optimize(await answered('/by-id')),
  })
  const bare = ns['a bare handler']
  const onTop = ns['behind requireInstallation()'] / bare - 1
  printTable(
    `A request of a connected user through Hono, least of ${runs} runs`,
    ['', 'ns', 'of a bare handler'],
    Object.entries(ns).map(([name, value]) => [name, whole(value), times(value / bare)]),
  )
  report({
    name: 'Hono guard, warm',
    aim: `${aim} × the bare handler on top`,
    result: times(onTop),
    isMet: onTop <= aim,
    beside: `bare handler ${whole(bare)} ns; least of ${runs} runs in turns`,
    figures: { 'of a bare handler': { value: 1 + onTop, better: 'lower', tolerance: 0.2 } },
  })
}
