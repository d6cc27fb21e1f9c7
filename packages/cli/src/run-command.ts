import type { CommandContext } from './command-context.ts'
import type { ExitCode } from './exit-code.ts'

/** A command's work. What it gives back is the exit code, 0 when it gives none. */
export type CommandAction<Args extends unknown[]> = (
  context: CommandContext,
  ...args: Args
) => Promise<ExitCode | void>

/** Makes of a command's work what the parser calls. */
export type RunCommand = <Args extends unknown[]>(
  action: CommandAction<Args>,
) => (...args: Args) => Promise<void>
