import { CliError } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { ExitCode } from './exit-code.ts'

/**
 * Asks the user a question before something is deleted, and resolves to whether the answer is yes.
 * @throws {CliError} when there is no terminal to ask at
 */
export async function confirmed(question: string, { input, output }: CommandContext): Promise<boolean> {
  if (!input.isTerminal)
    throw new CliError(
      ExitCode.usage,
      `There is no terminal for this question: ${question} To answer yes in advance: --yes`,
    )
  const isConfirmed = await input.confirms(question)
  if (!isConfirmed) output.message('Nothing was changed.')
  return isConfirmed
}
