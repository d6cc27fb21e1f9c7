import { cell, codeCell, interfaceMembers } from './interface-members.ts'

/** The interfaces whose members are options, in the order of the page. */
const groups = [
  ['`new PipedriveOAuth()`', 'packages/core/src/client/options.ts', 'PipedriveOAuthOptions'],
  ['`endpoints`', 'packages/core/src/client/options.ts', 'EndpointOptions'],
  ['Web: the options of every framework', 'packages/core/src/web/web-options.ts', 'WebOptions'],
  ['`keepAlive()`', 'packages/core/src/client/tokens/keep-alive.ts', 'KeepAliveOptions'],
  ['`login()` of `@pd/oauth-desktop`', 'packages/desktop/src/login/login-options.ts', 'LoginOptions'],
] as const

/** Returns the options as Markdown tables, from their doc comments. */
export function optionsTables(): string {
  return groups.map(([title, file, name]) => `## ${title}\n\n${tableOf(file, name)}`).join('\n\n')
}

/** Returns the members of an interface as a Markdown table. */
function tableOf(file: string, name: string): string {
  const rows = interfaceMembers(file, name).map((member) => {
    const [, text = member.text, byDefault] = /^(.*?)(?: Default: (.+))?$/.exec(member.text) ?? []
    const given = byDefault?.replace(/\.$/, '') ?? (member.isOptional ? '' : '**required**')
    return `| \`${member.name}\` | ${codeCell(member.type)} | ${cell(given)} | ${cell(text)} |`
  })
  return ['| option | type | default | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** Returns the methods of the store contract, as Markdown. */
export function storeContract(): string {
  return interfaceMembers('packages/core/src/store/store.ts', 'TokenStore')
    .map(
      ({ name, type, isOptional, text }) =>
        `### ${name}()\n\n\`\`\`typescript\n${name}${isOptional ? '?' : ''}${type}\n\`\`\`\n\n${isOptional ? '_Optional._ ' : ''}${text}`,
    )
    .join('\n\n')
}
