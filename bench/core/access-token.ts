import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { instrument } from '@pd/oauth-otel'
import { bench, do_not_optimize, group, run, summary } from 'mitata'
import { connectedClient } from './scene.ts'

/** `accessToken()` from memory against the least anyone could do, and cold against the bare decryption. */
export async function benchAccessToken(): Promise<void> {
  const warm = await connectedClient()
  const uncached = await connectedClient({ policy: { cacheMs: 0 } })
  const instrumented = await connectedClient()
  const [meter, tracer] = [new MeterProvider().getMeter('bench'), new TracerProvider().getTracer('bench')]
  instrument(instrumented.oauth, { meter, tracer })
  const token = await warm.installation.accessToken()
  const map = new Map([['1001:11', token]])
  const lookUp = async (id: string) => map.get(id)

  group('accessToken() from the in-process cache', () => {
    summary(() => {
      bench('bare Map in an awaited async function', async () =>
        do_not_optimize(await lookUp('1001:11'))).baseline()
      bench('installation.accessToken()', async () => do_not_optimize(await warm.installation.accessToken()))
      bench('installation.accessToken(), instrumented', async () =>
        do_not_optimize(await instrumented.installation.accessToken()))
      bench('oauth.installation(id).accessToken()', async () =>
        do_not_optimize(await warm.oauth.installation('1001:11').accessToken()))
      bench('cacheMs 0: store read, version compared', async () =>
        do_not_optimize(await uncached.installation.accessToken()))
    })
  })

  const cold = await coldReads()
  group('a cold read', () => {
    summary(() => {
      bench('bare WebCrypto AES-GCM decryption of the same bytes', async () =>
        do_not_optimize(await cold.decrypt())).baseline()
      bench('store, opening, decision: accessToken()', async () => do_not_optimize(await cold.accessToken()))
    })
  })
  await run()
}

/** Reads that memory cannot answer: more records than it keeps, one after another. */
async function coldReads() {
  const { store, oauth } = await connectedClient({ policy: { cacheEntries: 1 } })
  const account = (userId: number) => ({ companyId: 5, userId })
  const response = { access_token: `v1u:${'x'.repeat(500)}`, refresh_token: '1:1:abc', expires_in: 3599 }
  const ids = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => {
      const adopted = await oauth.adopt(response, { obtainedAt: Date.now(), account: account(index + 1) })
      return adopted.installation.id
    }),
  )
  const record = await store.get(ids[0]!)
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv },
    key,
    new Uint8Array(((record?.value.length ?? 0) * 3) / 4),
  )
  let turn = 0
  return {
    decrypt: () => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed),
    accessToken: () => oauth.installation(ids[turn++ % ids.length]!).accessToken(),
  }
}
