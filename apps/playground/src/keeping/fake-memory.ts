import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createFakePipedrive, type InstallationInput } from '@pd/fake-pipedrive'
import { UsageError } from '../usage-error.ts'
import { cannotWrite, type DataFolder } from './data-folder.ts'

/** What a fake Pipedrive has to know to go on where another one ended. */
export interface FakeState {
  /** Where it listened: stored installations send their calls there. */
  readonly port: number | undefined
  /** How far its clock was ahead of the machine's. */
  readonly aheadMs: number
  readonly installations: readonly InstallationInput[]
}

export interface FakeMemory {
  /** As it was at the beginning. */
  readonly state: FakeState
  keep(state: FakeState): void
}

const nothing: FakeState = { port: undefined, aheadMs: 0, installations: [] }

/** One that is gone with the process. */
export const noMemory: FakeMemory = { state: nothing, keep: () => {} }

/**
 * A file in the data folder.
 * @throws {UsageError} when what is in it cannot be used
 */
export function openFakeMemory(folder: DataFolder): FakeMemory {
  const path = folder.file('fake-pipedrive.json')
  return {
    state: readState(path),
    keep(state) {
      try {
        // Renamed into place: whoever reads it, even after a kill, finds all of one state.
        writeFileSync(`${path}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 })
        renameSync(`${path}.new`, path)
      } catch (error) {
        // The fake goes on; only a restart would miss this.
        console.error(cannotWrite(folder.path, error).message)
      }
    },
  }
}

function readState(path: string): FakeState {
  try {
    const { port, aheadMs, installations } = JSON.parse(readFileSync(path, 'utf8')) as FakeState
    if (!Number.isFinite(aheadMs)) throw new TypeError('aheadMs is no number')
    createFakePipedrive({ installations })
    return { port, aheadMs, installations }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    throw new UsageError(
      `${path} is not what a fake Pipedrive has left there: ${(error as Error).message}\n` +
        'Put it right, or delete it: whoever was connected then has to connect again.',
      { cause: error },
    )
  }
}
