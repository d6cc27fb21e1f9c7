/** Tells shared work that nobody waits for it any more. Its signal is made only where somebody looks at it. */
export class Abandonment {
  #isAbandoned = false
  #controller: AbortController | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAbandoned) this.#controller.abort()
    return this.#controller.signal
  }

  abandon(): void {
    this.#isAbandoned = true
    this.#controller?.abort()
  }
}
