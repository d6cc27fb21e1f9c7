import type { CommandContext } from './command-context.ts'
import type { ExitCode } from './exit-code.ts'

/** The work of a command. Resolves to the exit code; nothing means 0. */
export type CommandAction<Args extends unknown[]> = (
  context: CommandContext,
  ...args: Args
) => Promise<ExitCode | void>

/** Wraps the work of a command in the function that the parser calls. */
export type RunCommand = <Args extends unknown[]>(
  action: CommandAction<Args>,
) => (...args: Args) => Promise<void>
