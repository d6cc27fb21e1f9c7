/** Holds calls until a test releases them. */
export interface Gate {
  /** Resolves when the first call has arrived. */
  readonly reached: Promise<void>
  /** How many calls are waiting now. */
  readonly waiting: number
  /** Lets all calls pass, now and later. */
  release(): void
}

/** The server's side of a gate. */
export interface GateKeeper extends Gate {
  pass(): Promise<void>
}

export function createGate(): GateKeeper {
  const arrival = Promise.withResolvers<void>()
  const opening = Promise.withResolvers<void>()
  let waiting = 0
  return {
    reached: arrival.promise,
    get waiting() {
      return waiting
    },
    release: () => opening.resolve(),
    async pass() {
      waiting += 1
      arrival.resolve()
      await opening.promise
      waiting -= 1
    },
  }
}
