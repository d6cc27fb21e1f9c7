import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createFakePipedrive, type InstallationInput } from '@pd/fake-pipedrive'
import { UsageError } from '../usage-error.ts'
import { cannotWrite, type DataFolder } from './data-folder.ts'

/** What a fake Pipedrive needs to continue where an earlier one ended. */
export interface FakeState {
  /** The port of the earlier fake. Stored installations send their calls there. */
  readonly port: number | undefined
  /** How far its clock was ahead of the machine's, in milliseconds. */
  readonly aheadMs: number
  readonly installations: readonly InstallationInput[]
}

export interface FakeMemory {
  /** The state that an earlier fake has left. */
  readonly state: FakeState
  keep(state: FakeState): void
}

const nothing: FakeState = { port: undefined, aheadMs: 0, installations: [] }

/** A memory that is empty and keeps nothing. */
export const noMemory: FakeMemory = { state: nothing, keep: () => {} }

/**
 * Returns a memory in a file of the data folder.
 * @throws {UsageError} when the file cannot be used
 */
export function openFakeMemory(folder: DataFolder): FakeMemory {
  const path = folder.file('fake-pipedrive.json')
  return {
    state: readState(path),
    keep(state) {
      try {
        // Renamed into place, so that even after a kill the file holds one complete state.
        writeFileSync(`${path}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 })
        renameSync(`${path}.new`, path)
      } catch (error) {
        // The fake continues. Only the next run would miss this state.
        console.error(cannotWrite(folder.path, error).message)
      }
    },
  }
}

function readState(path: string): FakeState {
  try {
    const { port, aheadMs, installations } = JSON.parse(readFileSync(path, 'utf8')) as FakeState
    if (!Number.isFinite(aheadMs)) throw new TypeError('aheadMs is not a number')
    createFakePipedrive({ installations })
    return { port, aheadMs, installations }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    throw new UsageError(
      `${path} is not a file of the fake Pipedrive: ${(error as Error).message}\n` +
        'Repair it, or delete it. Without it, connected users have to connect again.',
      { cause: error },
    )
  }
}
