import { setImmediate } from 'node:timers/promises'
import type { InstallationId, TokenStore } from '@pd/oauth-core'

/** Installs one installation after another, and notes which were acknowledged. Once it is disposed, it begins no further write. */
export interface Installer extends Disposable {
  readonly acknowledged: readonly InstallationId[]
  /** Why the last write failed that did. */
  readonly lastFailure: unknown
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
  let lastFailure: unknown
  const run = async () => {
    for (let userId = 1; !over.signal.aborted; userId++) {
      const id = `1:${userId}` as const
      const record = { version: `v${userId}`, value: 'sealed', dueAt: userId }
      writing = store.compareAndSet(id, undefined, record).then(
        (isWritten) => isWritten && acknowledged.push(id),
        (error: unknown) => {
          lastFailure = error
          // A client that is closed refuses at once. Without this turn, nothing else would run in this process any more.
          return setImmediate()
        },
      )
      await writing
      await gate.promise
    }
  }
  const running = run()
  const stop = () => {
    over.abort()
    gate.resolve()
  }
  return {
    acknowledged,
    get lastFailure() {
      return lastFailure
    },
    async pause() {
      gate = Promise.withResolvers<void>()
      await writing
    },
    goOn: () => gate.resolve(),
    end() {
      stop()
      return running
    },
    [Symbol.dispose]: stop,
  }
}

/** Returns those who have not gone on, each with what it has written and its last failure. */
export function standingStill<Writer extends { readonly name: string; readonly installer: Installer }>(
  writers: readonly Writer[],
  hasGoneOn: (writer: Writer) => boolean,
): string[] {
  return writers
    .filter((writer) => !hasGoneOn(writer))
    .map(
      ({ name, installer: { acknowledged, lastFailure } }) =>
        `${name} after ${acknowledged.length}: ${String(lastFailure)}`,
    )
}
