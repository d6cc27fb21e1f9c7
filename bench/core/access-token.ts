import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { instrument } from '@pd/oauth-otel'
import { do_not_optimize } from 'mitata'
import { printTable, whole } from '../figures.ts'
import { nanosecondsOf } from '../nanoseconds.ts'
import { report } from '../rows/row.ts'
import { connectedClient } from './scene.ts'

const runs = 10
const aimNs = 50

/** `accessToken()` from memory over the least that anyone could do. */
export async function benchAccessToken(): Promise<void> {
  const warm = await connectedClient()
  const uncached = await connectedClient({ policy: { cacheMs: 0 } })
  const instrumented = await connectedClient()
  const [meter, tracer] = [new MeterProvider().getMeter('bench'), new TracerProvider().getTracer('bench')]
  instrument(instrumented.oauth, { meter, tracer })
  const token = await warm.installation.accessToken()
  const map = new Map([['1001:11', token]])
  const lookUp = async (id: string) => map.get(id)

  const ns = await nanosecondsOf(runs, {
    'bare Map in an awaited function': async () => do_not_optimize(await lookUp('1001:11')),
    'installation.accessToken()': async () => do_not_optimize(await warm.installation.accessToken()),
    'the same, instrumented': async () => do_not_optimize(await instrumented.installation.accessToken()),
    'oauth.installation(id).accessToken()': async () =>
      do_not_optimize(await warm.oauth.installation('1001:11').accessToken()),
    'cacheMs 0: store read, version compared': async () =>
      do_not_optimize(await uncached.installation.accessToken()),
  })
  const bare = ns['bare Map in an awaited function']
  printTable(
    `accessToken() from memory, least of ${runs} runs`,
    ['', 'ns', 'over a bare Map'],
    Object.entries(ns).map(([name, value]) => [name, whole(value), whole(value - bare)]),
  )
  const ours = ns['installation.accessToken()']
  report({
    name: 'accessToken() from memory over a bare Map',
    aim: `${aimNs} ns`,
    result: `${whole(ours - bare)} ns`,
    isMet: ours - bare <= aimNs,
    beside: `bare Map in an awaited function ${whole(bare)} ns; least of ${runs} runs in turns`,
    figures: { 'of a bare Map': { value: ours / bare, better: 'lower', tolerance: 0.25 } },
  })
}
