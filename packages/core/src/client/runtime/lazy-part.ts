import { ConfigurationError } from '../../errors.ts'

/** Loads a part of this library once, and returns it. */
export type LazyPart<Part> = () => Promise<Part>

/** How long a process runs before it loads the parts that it has not needed yet, in milliseconds. */
const loadAllAfterMs = 10_000

const parts: LazyPart<unknown>[] = []
let isPlanned = false

/**
 * Returns a function that loads a part of this library when it is first called. A failure is not kept: the next call tries
 * again. `name`: what the part is for, for the error.
 *
 * The returned function throws `ConfigurationError` `code_missing` if the part cannot be loaded.
 */
export function lazyPart<Part>(name: string, load: () => Promise<Part>): LazyPart<Part> {
  let loaded: Promise<Part> | undefined
  const part = () => {
    loaded ??= load().catch((cause: unknown) => {
      loaded = undefined
      throw new ConfigurationError([missing(name)], 'code_missing', { cause })
    })
    return loaded
  }
  parts.push(part)
  return part
}

/** Loads every part now. A part that cannot be loaded is tried again when it is needed. */
export async function loadAllParts(): Promise<void> {
  await Promise.allSettled(parts.map((part) => part()))
}

/**
 * Loads every part after a while, in the background: a deployment may replace the files of a process that runs. Keeps no process
 * alive. Does nothing on runtimes that have no timers outside of a request; these have no files.
 */
export function planLoadingAllParts(): void {
  if (isPlanned) return
  isPlanned = true
  try {
    AbortSignal.timeout(loadAllAfterMs).addEventListener('abort', () => void loadAllParts())
  } catch {
    // Cloudflare Workers refuse timers while a script begins.
  }
}

function missing(name: string): string {
  return (
    `The code for ${name} cannot be loaded. The files of @pd/oauth-core were replaced or deleted after this process began, ` +
    'or a bundle lacks one of its files. Restart the process.'
  )
}
