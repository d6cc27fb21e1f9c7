import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Returns where a dependency of this workspace is installed, or undefined if this workspace does not have it. */
export function installedHere(name: string): string | undefined {
  const place = fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url))
  return existsSync(place) ? place : undefined
}
