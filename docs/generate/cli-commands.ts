import { addCommands, defineProgram } from '../../packages/cli/src/define-program.ts'
import { exitCodeMeanings } from '../../packages/cli/src/exit-code.ts'
import { cell } from './interface-members.ts'

interface Flag {
  readonly flags: string
  readonly description: string
  readonly hidden: boolean
}

/** Returns the commands of `pd-oauth` as Markdown, from the definitions that the program itself runs with. */
export function cliCommands(): string {
  const program = defineProgram()
  addCommands(program, () => async () => {})
  const sections = program.commands.map((command) =>
    [
      `## ${command.name()}`,
      '',
      `${sentence(command.description())}`,
      '',
      `\`\`\`sh\npd-oauth ${[command.name(), command.usage()].join(' ')}\n\`\`\``,
      '',
      ...table(
        'argument',
        command.registeredArguments.map((argument) => [argument.name(), argument.description]),
      ),
      ...flags(command.options),
    ].join('\n'),
  )
  const exitCodes = Object.entries(exitCodeMeanings).map(([code, meaning]) => [code, meaning] as const)
  return [
    ...sections,
    ['## For every command', '', ...flags(program.options)].join('\n'),
    ['## Exit codes', '', ...table('code', exitCodes)].join('\n'),
  ].join('\n\n')
}

function flags(options: readonly Flag[]): string[] {
  return table(
    'flag',
    options.filter(({ hidden }) => !hidden).map(({ flags, description }) => [flags, description]),
  )
}

function table(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return []
  return [
    `| ${title} | |`,
    '| --- | --- |',
    ...rows.map(([name, text]) => `| \`${cell(name)}\` | ${escaped(cell(text))} |`),
    '',
  ]
}

/** A text of the program may hold `<id>`, which a page would take for an element. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;')
}

function sentence(text: string): string {
  return escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`)
}
