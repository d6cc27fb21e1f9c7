import { Command } from '@commander-js/extra-typings'
import { addApi } from './commands/api.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExchange } from './commands/exchange.ts'
import { addExplain } from './commands/explain.ts'
import { addFake } from './commands/fake.ts'
import { addForget } from './commands/forget.ts'
import { addImport } from './commands/import.ts'
import { addKeepAlive } from './commands/keep-alive.ts'
import { addLogin } from './commands/login.ts'
import { addReconnectLink } from './commands/reconnect-link.ts'
import { addRefresh } from './commands/refresh.ts'
import { addRotateSecrets } from './commands/rotate-secrets.ts'
import { addSchema } from './commands/schema.ts'
import { addSecret } from './commands/secret.ts'
import { addStatus } from './commands/status.ts'
import { addToken } from './commands/token.ts'
import { addUninstall } from './commands/uninstall.ts'
import { addUrl } from './commands/url.ts'
import { withGlobalOptions, type Program } from './global-options.ts'
import type { RunCommand } from './run-command.ts'

/** The commands, in the order in which `--help` lists them. */
const commands = [
  addLogin,
  addUrl,
  addExchange,
  addToken,
  addApi,
  addStatus,
  addExplain,
  addRefresh,
  addKeepAlive,
  addReconnectLink,
  addUninstall,
  addForget,
  addImport,
  addSchema,
  addSecret,
  addRotateSecrets,
  addDoctor,
  addFake,
]

/** Returns the program without its commands. */
export function defineProgram(): Program {
  return withGlobalOptions(new Command())
    .name('pd-oauth')
    .description(
      'Pipedrive OAuth on the command line: connects users, keeps their tokens valid and prints them.',
    )
}

/** Adds every command, with the settings that the program has by now. `run` wraps the work of each. */
export function addCommands(program: Program, run: RunCommand): void {
  for (const add of commands) add(program, run)
}
