const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether an address leads to the computer where it is opened. Then only its user reaches the program behind it. */
export function isOnThisMachine(url: string): boolean {
  return localHosts.has(new URL(url).hostname)
}
