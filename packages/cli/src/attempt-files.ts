import { createHash } from 'node:crypto'
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { codeOf, replaceFile } from './files/owner-only.ts'
import { readTextFile } from './files/read-text-file.ts'

/** An attempt that waits for the user to come back from the consent page. */
export interface WaitingAttempt {
  readonly state: string
  /** The sealed attempt. Only the sealing secrets open it. */
  readonly attempt: string
}

/** An attempt that this process has claimed: no other process can use it until `giveBack()`. */
export interface ClaimedAttempt extends WaitingAttempt {
  /** Puts the attempt back, so that it can be used again. */
  giveBack(): void
  /** Deletes the attempt. */
  remove(): void
}

const waitingAttempt = v.object({ state: v.string(), attempt: v.string() })

/** Attempts that `url` begins and `exchange` ends. Each is one file that only its owner can read. */
export class AttemptFiles {
  readonly #folder: string
  readonly #lifetimeMs: number

  constructor(folder: string, lifetimeMs: number) {
    this.#folder = folder
    this.#lifetimeMs = lifetimeMs
  }

  keep(attempt: WaitingAttempt): void {
    this.#removeOld()
    const { state } = attempt
    replaceFile(this.#pathOf(state), JSON.stringify({ state, attempt: attempt.attempt }))
  }

  /** Returns the attempts that have not expired. */
  waiting(): WaitingAttempt[] {
    this.#removeOld()
    return this.#names()
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.#read(join(this.#folder, name)))
      .filter((attempt) => attempt !== undefined)
  }

  /** Claims the attempt with this state. Undefined: no such attempt exists, or another process has claimed it. */
  claim(state: string): ClaimedAttempt | undefined {
    const path = this.#pathOf(state)
    const claimed = path.replace(/json$/, 'claimed')
    this.#removeOld()
    try {
      renameSync(path, claimed)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    const attempt = this.#read(claimed)
    return (
      attempt && {
        ...attempt,
        giveBack: () => renameSync(claimed, path),
        remove: () => rmSync(claimed, { force: true }),
      }
    )
  }

  /** Returns the path of an attempt's file. The name is a hash, so it does not reveal the state. */
  #pathOf(state: string): string {
    return join(this.#folder, `${createHash('sha256').update(state).digest('hex')}.json`)
  }

  #read(path: string): WaitingAttempt | undefined {
    const text = readTextFile(path, 'file of an attempt')
    try {
      return text === undefined ? undefined : v.parse(waitingAttempt, JSON.parse(text))
    } catch {
      return undefined
    }
  }

  #removeOld(): void {
    for (const name of this.#names()) {
      const path = join(this.#folder, name)
      const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (writtenAt + this.#lifetimeMs < Date.now()) rmSync(path, { force: true })
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }
}
