/** Runs where only the packed packages are installed: requires all of them, beside the ones that are imported. */
const { readFileSync } = require('node:fs')
require('reflect-metadata')

const entries = JSON.parse(readFileSync('entries.json', 'utf8'))
for (const entry of entries)
  if (Object.keys(require(entry)).length === 0) throw new Error(`${entry} exports nothing`)

const required = require('@pd/oauth-core')

async function compare() {
  const imported = await import('@pd/oauth-core')
  const error = new imported.StoreError('store_unavailable', 'x')
  if (!(error instanceof required.StoreError)) throw new Error('An imported error is not recognized')
  console.log(
    `Node ${process.versions.node}: ${entries.length} entries required, errors recognized across copies`,
  )
}

void compare()
