import { Option } from '@commander-js/extra-typings'
import { schema, schemaDialects } from '@pd/oauth-sql'
import type { Program } from '../global-options.ts'
import type { RunCommand } from '../run-command.ts'

export function addSchema(program: Program, run: RunCommand): void {
  program
    .command('schema')
    .description('print the SQL that creates the table, for databases where the application may not')
    .addOption(new Option('--dialect <name>', 'the database').choices(schemaDialects).makeOptionMandatory())
    .option(
      '--table <name>',
      'the table, or schema.table, in MySQL database.table (default: pd_oauth_installations)',
    )
    .action(
      run(async ({ output }, { dialect, table }) => {
        output.result(schema({ dialect, ...(table !== undefined && { table }) }).trimEnd())
      }),
    )
}
