import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What must not load. */
const needing = ['@pd/oauth-core', '@pd/fake-pipedrive', 'pd-oauth']

/** What says which Node is needed. */
const sentence = /needs Node 22(\.\d+)? or newer/

/**
 * Imports every entry of the installed packages, and starts the command, with a Node that is older than they promise. Returns
 * a problem for each whose error does not say in its first line which Node is needed. An entry that needs nothing new loads.
 */
export function oldNodeProblems(node: string, folder: string): string[] {
  const entries = JSON.parse(readFileSync(join(folder, 'entries.json'), 'utf8')) as string[]
  const firstLine = (args: readonly string[]) => {
    const { stdout, stderr } = spawnSync(node, args, { cwd: folder, encoding: 'utf8' })
    return `${stdout}${stderr}`.trim().split('\n')[0] ?? ''
  }
  const importing = (entry: string) => [
    '--input-type=module',
    '-e',
    `import 'reflect-metadata'; import(${JSON.stringify(entry)}).catch((error) => console.log(String(error)))`,
  ]
  const lines = [
    ...entries.map((entry) => [entry, firstLine(importing(entry))] as const),
    ['pd-oauth', firstLine(['node_modules/@pd/oauth-cli/dist/main.js', '--help'])] as const,
  ]
  const telling = lines.filter(([, line]) => sentence.test(line))
  const wrong = lines.filter(
    ([name, line]) => !sentence.test(line) && (line !== '' || needing.includes(name)),
  )
  console.log(`An older Node: ${telling.length} of ${lines.length} say which Node they need`)
  return wrong.map(([name, line]) => `${name} on an older Node says: ${line}`)
}
