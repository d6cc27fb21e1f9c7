/** Returns an instant in epoch milliseconds as text, to the second: `2026-01-02 10:00:00 UTC`. */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
