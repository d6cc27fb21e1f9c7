import { afterAll, beforeAll } from 'vitest'
import { createScene } from '../scene/create-scene.ts'
import { agreementTests } from './agreement-tests.ts'
import { crashTests } from './crash-tests.ts'
import { keepAliveTests } from './keep-alive-tests.ts'
import { stampedeTests } from './stampede-tests.ts'
import type { CreateScene, Scale, StoreHost, StoreUnderTest } from './store-under-test.ts'
import { uninstallTests } from './uninstall-tests.ts'

const defaultScale: Scale = { stampede: 200, installations: 10_000, due: 300, writes: 1_500 }

/** The tests that every store passes in which several processes meet. Call it once in a test file of vitest. */
export function processSuite<Address>(store: StoreUnderTest<Address>): void {
  const createScene = scenesOn(store)
  const scale = { ...defaultScale, ...store.scale }
  stampedeTests(createScene, scale)
  crashTests(createScene)
  keepAliveTests(createScene, scale)
  agreementTests(createScene, scale, store.contradictions)
  uninstallTests(createScene)
}

/** Starts the host before the tests of the file or `describe`, and stops it after them. */
export function scenesOn<Address>({
  opener,
  start,
}: Pick<StoreUnderTest<Address>, 'opener' | 'start'>): CreateScene<Address> {
  let host: StoreHost<Address>
  beforeAll(async () => {
    host = await start()
  })
  afterAll(() => host?.[Symbol.asyncDispose]())
  return async (options) => createScene({ opener, address: await host.newAddress(), ...options })
}
