import type { InstallationId, TokenStore } from '@pd/oauth-core'

/** Installs one installation after another, and notes which were acknowledged. */
export interface Installer {
  readonly acknowledged: readonly InstallationId[]
  /** Resolves when nothing is being written. Nothing is written afterwards, until `goOn()`. */
  pause(): Promise<void>
  goOn(): void
  /** Resolves after the last write. */
  end(): Promise<void>
}

export function startInstaller(store: TokenStore): Installer {
  const acknowledged: InstallationId[] = []
  const over = new AbortController()
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  let writing: Promise<unknown> = Promise.resolve()
  const run = async () => {
    for (let userId = 1; !over.signal.aborted; userId++) {
      await gate.promise
      const id = `1:${userId}` as const
      const record = { version: `v${userId}`, value: 'sealed', dueAt: userId }
      writing = store.compareAndSet(id, undefined, record).then(
        (isWritten) => isWritten && acknowledged.push(id),
        () => {},
      )
      await writing
    }
  }
  const running = run()
  return {
    acknowledged,
    async pause() {
      gate = Promise.withResolvers<void>()
      await writing
    },
    goOn: () => gate.resolve(),
    async end() {
      over.abort()
      await running
    },
  }
}
