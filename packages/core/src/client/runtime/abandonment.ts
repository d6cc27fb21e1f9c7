/**
 * Tells shared work that nobody waits for it any more. On Workers, a signal belongs to the request that made it, and no
 * other request may abort it. So `signal` is made at its first use, and the work reads it again before each wait.
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
      // The signal belongs to another request, which sees `#isAbandoned` when it reads `signal` again.
    }
  }
}
