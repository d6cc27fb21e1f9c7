/**
 * Tells shared work that nobody waits for it any more. Its signal is made only where somebody looks at it, and looked at
 * anew each time: on Workers it belongs to the request that the work began with, and no other may abort it.
 */
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
    try {
      this.#controller?.abort()
    } catch {
      // It belongs to another request, which finds out when it looks again.
    }
  }
}
