import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { apiIndex, writeApi } from './api.ts'
import { root, site, sources } from './folders.ts'
import { pagesByDocument } from './pages.ts'
import { cliCommands } from './cli-commands.ts'
import { errorFrame } from './errors/error-frame.ts'
import { errorTable } from './errors/error-table.ts'
import { samples, type DocumentedCode } from './errors/samples.ts'
import { invariantList, plantedFaults } from './model-check-tables.ts'
import { optionsTables, storeContract } from './options-tables.ts'
import { policyTable } from './policy-table.ts'
import { supportTable } from './support-table.ts'
import { siteLinks } from './site-links.ts'

/** What stands in a document as `<!-- generated: name -->`. */
const generated: Readonly<Record<string, () => string>> = {
  api: apiIndex,
  cli: cliCommands,
  errors: errorTable,
  invariants: invariantList,
  options: optionsTables,
  'planted faults': plantedFaults,
  policy: policyTable,
  'store contract': storeContract,
  support: supportTable,
}

/** Writes everything that VitePress reads. */
export async function writeSite(): Promise<void> {
  rmSync(site, { recursive: true, force: true })
  await writeApi()
  await writePages()
}

/** Writes the documents of the repository as pages. */
export async function writePages(): Promise<void> {
  const pages = pagesByDocument()
  const { repository } = JSON.parse(readFileSync(join(root, 'owner.json'), 'utf8')) as { repository: string }
  const exists = (path: string) => existsSync(join(root, path))
  for (const [document, page] of pages) {
    const text = readFileSync(join(root, document), 'utf8')
    mkdirSync(dirname(join(site, page)), { recursive: true })
    const whole = filledIn(siteLinks(text, document, { pages, repository, exists }), document)
    writeFileSync(join(site, page), whole + (await frameOf(page)))
  }
  cpSync(join(sources, 'public'), join(site, 'public'), { recursive: true })
}

/** @throws {Error} if the document asks for what is not generated */
function filledIn(text: string, document: string): string {
  return text.replaceAll(/<!-- generated: (.+) -->/g, (_, name: string) => {
    const generate = generated[name]
    if (generate === undefined) throw new Error(`${document}: ${name} is not generated.`)
    return generate()
  })
}

/** The generated part of the page of an error. Empty for every other page. */
async function frameOf(page: string): Promise<string> {
  const code = /^reference\/errors\/(\w+)\.md$/.exec(page)?.[1] ?? ''
  return code in samples ? errorFrame(code as DocumentedCode) : ''
}
