/** How often each fault may strike in one run. */
export interface Faults {
  /** A process stops for good, at any step, and forgets all it knew. */
  readonly crashes: number
  /** A refresh ends without an answer, whether or not the endpoint has carried it out. */
  readonly lostAnswers: number
  /** The store has written, but its answer is lost: the process takes it for not done and begins again. */
  readonly lostWrites: number
  /** The user uninstalls: the grant is dead at once, the notice comes whenever it comes. */
  readonly uninstalls: number
  /** The user then consents again. */
  readonly reinstalls: number
  /** Somebody imports the tokens of the beginning, which another system kept. */
  readonly imports: number
}
