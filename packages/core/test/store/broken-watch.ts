import type { InstallationId, TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

type Watch = Required<TokenStore>['watch']

/** A store whose watch hears through `change`. */
function hearing(change: (hear: Parameters<Watch>[0]) => Parameters<Watch>[0]): () => TokenStore {
  return but((sound) => ({ watch: (hear, options) => sound.watch(change(hear), options) }))
}

/** Mistakes in `watch`. */
export const brokenWatch: readonly BrokenStore[] = [
  {
    mistake: 'watch() tells nothing',
    createStore: hearing(() => () => {}),
    caughtBy: 'watch() tells when another client creates',
  },
  {
    mistake: 'watch() tells of no change by the same client',
    createStore: but((sound) => {
      let own = false
      return {
        compareAndSet: async (id, expected, next) => {
          own = true
          try {
            return await sound.compareAndSet(id, expected, next)
          } finally {
            own = false
          }
        },
        watch: (hear, options) =>
          sound.watch((id, version) => {
            if (!own) hear(id, version)
          }, options),
      }
    }),
    caughtBy: 'watch() tells of changes by the same client',
  },
  {
    mistake: 'watch() loses news of which much comes at once',
    createStore: () => {
      let heard = 0
      return hearing((hear) => (id, version) => {
        if (heard++ < 60) hear(id, version)
      })()
    },
    caughtBy: 'watch() tells of each of 100 records',
  },
  {
    mistake: 'watch() tells of the first change of a record only',
    createStore: () => {
      const told = new Set<InstallationId>()
      return hearing((hear) => (id, version) => {
        if (!told.has(id)) hear(id, version)
        told.add(id)
      })()
    },
    caughtBy: 'watch() tells of the last of many updates',
  },
  {
    mistake: 'watch() tells a version that the record never had',
    createStore: hearing((hear) => (id, version) => {
      hear(id, version)
      hear(id, version && `${version}!`)
    }),
    caughtBy: 'watch() tells of changes by the same client',
  },
  {
    mistake: 'watch() says that it is lost as soon as it has told something',
    createStore: but((sound) => ({
      watch: async (hear, options) => {
        const lost = Promise.withResolvers<void>()
        const watch = await sound.watch((id, version) => {
          hear(id, version)
          lost.resolve()
        }, options)
        return { ...watch, lost: lost.promise }
      },
    })),
    caughtBy: 'the lost of a watch stays pending',
  },
  {
    mistake: 'close() of one watch ends all',
    createStore: but((sound) => {
      const open = new Set<() => Promise<void>>()
      return {
        watch: async (hear, options) => {
          const watch = await sound.watch(hear, options)
          open.add(() => watch.close())
          return {
            lost: watch.lost,
            close: async () => void (await Promise.all([...open].map((close) => close()))),
          }
        },
      }
    }),
    caughtBy: 'close() ends one watch and leaves the others',
  },
]
