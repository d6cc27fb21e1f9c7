import { createHash } from 'node:crypto'
import { openSync, readFileSync, writeSync } from 'node:fs'
import type { Operation, TokenAnswer } from './history.ts'

type Line =
  | { readonly begun: number; readonly operation: Operation }
  | { readonly ended: number; readonly result: Partial<Operation> }
  | { readonly answer: TokenAnswer }

/** The record of one process, in a file: what it has written stays when it is killed. */
export class Journal {
  readonly #file: number
  #operations = 0

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** Records an operation before it begins and after it has ended. */
  async operation(
    begun: Operation,
    run: () => Promise<Pick<Operation, 'outcome' | 'token' | 'owner'>>,
  ): Promise<void> {
    const number = ++this.#operations
    this.#write({ begun: number, operation: begun })
    const result = await run()
    this.#write({ ended: number, result: { ...result, until: Date.now() } })
  }

  answer(answer: TokenAnswer): void {
    this.#write({ answer })
  }

  #write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** Reads the record of a process. The last line of one that was killed may be cut off. */
export function readJournal(path: string): {
  operations: readonly Operation[]
  answers: readonly TokenAnswer[]
} {
  const operations = new Map<number, Operation>()
  const answers: TokenAnswer[] = []
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Line
    if ('answer' in line) answers.push(line.answer)
    else if ('begun' in line) operations.set(line.begun, line.operation)
    else operations.set(line.ended, { ...(operations.get(line.ended) as Operation), ...line.result })
  }
  return { operations: [...operations.values()], answers }
}

/** A short name for a token, which stands for it in a history. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 12)
}
