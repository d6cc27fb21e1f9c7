import { isLoopback } from '@pd/oauth-core/adapter'

/** Whether an address leads to the computer where it is opened. Then only its user reaches the program behind it. */
export function isOnThisMachine(url: string): boolean {
  return isLoopback(new URL(url).hostname)
}
