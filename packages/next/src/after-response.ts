import { after } from 'next/server.js'

/** Lets work go on after the response, through the `after()` of the current request. */
export function afterResponse(work: Promise<unknown>): void {
  try {
    after(work)
  } catch {
    // Outside of a request, as in a test, nothing ends the work.
  }
}
