import { cell } from './interface-members.ts'
import { publishedPackages } from './published-packages.ts'

/** Returns what each package runs with, as a Markdown table, from its manifest. */
export function supportTable(): string {
  const rows = publishedPackages().map(({ manifest }) => {
    const { name, engines, peerDependencies = {} } = manifest
    const peers = Object.entries(peerDependencies)
      .filter(([peer]) => !peer.startsWith('@pd/'))
      .map(([peer, range]) => `\`${peer}\` ${cell(range)}`)
    return `| \`${name}\` | ${engines?.['node'] ?? ''} | ${peers.join(', ')} |`
  })
  return ['| package | Node | works with |', '| --- | --- | --- |', ...rows].join('\n')
}
