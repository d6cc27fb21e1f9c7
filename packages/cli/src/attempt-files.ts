import { createHash } from 'node:crypto'
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { codeOf, replaceFile } from './files/owner-only.ts'
import { readTextFile } from './files/read-text-file.ts'

/** A connection that was begun, as it waits for the user to come back. */
export interface WaitingAttempt {
  readonly state: string
  /** Sealed; opens with the sealing secrets only. */
  readonly attempt: string
}

/** An attempt that nobody else can use meanwhile. */
export interface ClaimedAttempt extends WaitingAttempt {
  /** It may be used again. */
  giveBack(): void
  /** It is over. */
  remove(): void
}

const waitingAttempt = v.object({ state: v.string(), attempt: v.string() })

/** Connections that were begun by one command and are ended by another, a file each, readable by its owner only. */
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

  /** Those that are not too old. */
  waiting(): WaitingAttempt[] {
    this.#removeOld()
    return this.#names()
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.#read(join(this.#folder, name)))
      .filter((attempt) => attempt !== undefined)
  }

  /** Takes the attempt that a state belongs to. Undefined: there is none, or somebody else has taken it. */
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

  /** The name does not give the state away. */
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
