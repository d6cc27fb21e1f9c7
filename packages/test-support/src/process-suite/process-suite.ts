import { afterAll, beforeAll } from 'vitest'
import { createScene, type Scene, type SceneOptions } from '../scene/create-scene.ts'
import type { StoreOpener } from '../scene/store-opener.ts'
import { agreementTests } from './agreement-tests.ts'
import { crashTests } from './crash-tests.ts'
import { keepAliveTests } from './keep-alive-tests.ts'
import { stampedeTests } from './stampede-tests.ts'
import { uninstallTests } from './uninstall-tests.ts'

/** Where the installations of a suite are: a server, or a folder of files. */
export interface StoreHost<Address> extends AsyncDisposable {
  /** A place on this host that no other test uses. */
  newAddress(): Promise<Address> | Address
}

/** How much the tests ask of a store. The defaults suit a store that tells its waiters of changes. */
export interface Scale {
  /** How many expired installations all processes ask for at once. Default: 200. */
  readonly stampede: number
  /** How many installations there are in the keep-alive test, and how many of them are due. Default: 10 000 and 300. */
  readonly installations: number
  readonly due: number
  /** How many writes each of 4 processes makes at random. Default: 1 500. */
  readonly writes: number
}

const defaultScale: Scale = { stampede: 200, installations: 10_000, due: 300, writes: 1_500 }

export interface StoreUnderTest<Address> {
  readonly opener: StoreOpener<Address>
  /** Starts the host. Called once per suite. */
  readonly start: () => Promise<StoreHost<Address>>
  /** Smaller numbers, for stores that are slower on a small machine. */
  readonly scale?: Partial<Scale>
  /**
   * Compares the records of a scene with the store's own indexes, each comparison at one moment, while others write.
   * Resolves to a sentence for each contradiction. Left out by stores whose database keeps the indexes.
   */
  readonly contradictions?: (scene: Scene<Address>) => Promise<readonly unknown[]>
}

/** Creates a scene at a new address of the store under test. */
export type CreateScene<Address = unknown> = (
  options?: Omit<SceneOptions<Address>, 'opener' | 'address'>,
) => Promise<Scene<Address>>

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
