import { confirmed } from '../confirmed.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { installationArgument } from '../installation-argument.ts'
import type { RunCommand } from '../run-command.ts'

export function addForget(program: Program, run: RunCommand): void {
  program
    .command('forget')
    .description(
      'delete the record of an installation, also one that cannot be opened; asks Pipedrive for nothing',
    )
    .argument('<installation>', 'such as 123:456', installationArgument)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print JSON')
    .action(
      run(async (context, id, { yes, json }) => {
        const { output } = context
        const oauth = await context.oauth()
        const question = `Delete the record of ${id}? The app stays installed at Pipedrive, and its user will have to connect again.`
        if (!yes && !(await confirmed(question, context))) return ExitCode.incomplete
        const wasStored = await oauth.installation(id).forget()
        if (json) output.json({ id, wasStored })
        else output.message(wasStored ? `Deleted the record of ${id}.` : `There was no record of ${id}.`)
        return ExitCode.ok
      }),
    )
}
