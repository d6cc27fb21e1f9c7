import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Beside this application's packages, which the example imports. */
const folder = fileURLToPath(new URL('../../artifacts/original/', import.meta.url))

export interface OriginalSettings {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly port: number
  readonly host: string
}

/**
 * The "Complete example" of the official SDK's README, as the installed package has it, with these settings in place of
 * its placeholders and nothing else changed. Resolves to the program's path.
 */
export function originalExample({
  clientId,
  clientSecret,
  redirectUri,
  port,
  host,
}: OriginalSettings): string {
  const entry = createRequire(import.meta.url).resolve('pipedrive')
  const readme = readFileSync(join(dirname(entry), '..', 'README.md'), 'utf8')
  const example = /### Complete example[\s\S]*?```typescript\n([\s\S]*?)```/.exec(readme)?.[1]
  if (example === undefined) throw new Error('The README of the SDK has no complete example any more')
  const program = replaced(example, [
    ["clientId: 'clientId'", `clientId: ${JSON.stringify(clientId)}`],
    ["clientSecret: 'clientSecret'", `clientSecret: ${JSON.stringify(clientSecret)}`],
    [
      "redirectUri: 'redirectUri'",
      `host: ${JSON.stringify(host)}, redirectUri: ${JSON.stringify(redirectUri)}`,
    ],
    ['const PORT = 3000', `const PORT = ${port}`],
  ])
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${port}.ts`)
  writeFileSync(path, program)
  return path
}

function replaced(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The example of the SDK has no "${from}" any more`)
    return text.replace(from, () => to)
  }, text)
}
