import { afterAll, beforeAll } from 'vitest'
import { createScene, type Scene, type SceneOptions } from '../scene/create-scene.ts'
import type { StoreOpener } from '../scene/store-opener.ts'

/** Where the installations of a suite are: a server, or a folder of files. */
export interface StoreHost<Address> extends AsyncDisposable {
  /** A place on this host that no other test uses. */
  newAddress(): Promise<Address> | Address
  /** Ends the server at once, as a crash would, and starts it again with its data. Only for the soak; left out for files. */
  restart?(): Promise<void>
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
