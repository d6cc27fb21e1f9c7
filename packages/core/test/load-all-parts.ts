/** The client imports parts of itself when they are first needed, and a manual clock does not wait for an import. */
import { loadAllParts } from '../src/client/runtime/lazy-part.ts'

await import('../src/index.ts')
await loadAllParts()
