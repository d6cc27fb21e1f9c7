import { do_not_optimize } from 'mitata'
import { printTable, times, whole } from '../figures.ts'
import { nanosecondsOf } from '../nanoseconds.ts'
import { connectedClient } from './scene.ts'

const runs = 5

/** Reads that memory cannot answer, more records than it keeps, against the bare decryption of the same bytes. */
export async function benchColdRead(): Promise<void> {
  const { store, oauth } = await connectedClient({ policy: { cacheEntries: 1 } })
  const response = { access_token: `v1u:${'x'.repeat(500)}`, refresh_token: '1:1:abc', expires_in: 3599 }
  const ids = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => {
      const account = { companyId: 5, userId: index + 1 }
      const adopted = await oauth.adopt(response, { obtainedAt: Date.now(), account })
      return adopted.installation.id
    }),
  )
  const record = await store.get(ids[0]!)
  const decrypt = await bareDecryption(record?.value.length ?? 0)
  let turn = 0
  const ns = await nanosecondsOf(runs, {
    'bare AES-GCM decryption of the same bytes': async () => do_not_optimize(await decrypt()),
    'store, opening, decision: accessToken()': async () =>
      do_not_optimize(await oauth.installation(ids[turn++ % ids.length]!).accessToken()),
  })
  const bare = ns['bare AES-GCM decryption of the same bytes']
  printTable(
    `A cold read, least of ${runs} runs`,
    ['', 'ns', 'of the bare decryption'],
    Object.entries(ns).map(([name, value]) => [name, whole(value), times(value / bare)]),
  )
}

/** Returns a function that decrypts what a sealed text of this length holds. */
export async function bareDecryption(textLength: number): Promise<() => Promise<ArrayBuffer>> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const algorithm = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }
  const sealed = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(Math.floor(textLength * 0.75)))
  return () => crypto.subtle.decrypt(algorithm, key, sealed)
}
