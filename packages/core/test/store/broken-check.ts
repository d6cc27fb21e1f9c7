import { but, type BrokenStore } from './broken-store.ts'

const caughtBy = 'check() resolves to findings'
const finding = {
  status: 'warning',
  found: 'Nothing is saved to disk.',
  fix: 'Turn persistence on.',
} as const

/** Mistakes in `check`. */
export const brokenCheck: readonly BrokenStore[] = [
  {
    mistake: 'check() has a status of its own',
    createStore: but(() => ({ check: async () => [{ ...finding, status: 'fine' as 'warning' }] })),
    caughtBy,
  },
  {
    mistake: 'check() does not say what to do',
    createStore: but(() => ({ check: async () => [finding, { ...finding, fix: ' ' }] })),
    caughtBy,
  },
  {
    mistake: 'check() tries a write',
    createStore: but((sound) => ({
      check: async () => {
        await sound.compareAndSet('1:1', 'a', { version: 'probe', value: 'probe' })
        return []
      },
    })),
    caughtBy,
  },
]
