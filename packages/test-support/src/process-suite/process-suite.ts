import { agreementTests } from './agreement-tests.ts'
import { crashTests } from './crash-tests.ts'
import { keepAliveTests } from './keep-alive-tests.ts'
import { stampedeTests } from './stampede-tests.ts'
import { scenesOn, type Scale, type StoreUnderTest } from './store-under-test.ts'
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
