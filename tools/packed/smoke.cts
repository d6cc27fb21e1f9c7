/** Runs where only the packed packages are installed: requires all of them, beside the ones that are imported. */
const { readFileSync } = require('node:fs') as typeof import('node:fs')
require('reflect-metadata')

const entries: string[] = JSON.parse(readFileSync('entries.json', 'utf8'))
for (const entry of entries)
  if (Object.keys(require(entry) as object).length === 0) throw new Error(`${entry} exports nothing`)

type Core = typeof import('@pd/oauth-core', { with: { 'resolution-mode': 'import' } })
const required = require('@pd/oauth-core') as Core

async function compare(): Promise<void> {
  const imported = await import('@pd/oauth-core')
  const error: unknown = new imported.StoreError('store_unavailable', 'x')
  if (!(error instanceof required.StoreError)) throw new Error('An imported error is not recognized')
  console.log(
    `Node ${process.versions.node}: ${entries.length} entries required, errors recognized across copies`,
  )
}

void compare()
