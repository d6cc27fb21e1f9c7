import { readFileSync } from 'node:fs'
import { CommanderError } from '@commander-js/extra-typings'
import { CommandContext } from './command-context.ts'
import { loadEnvFile } from './config/load-env-file.ts'
import { addCommands, defineProgram } from './define-program.ts'
import { errorText } from './error-text.ts'
import { ExitCode, exitCodeMeanings } from './exit-code.ts'
import { exitCodeOf } from './exit-code-of.ts'
import { Interruption } from './interruption.ts'
import { Output } from './output.ts'
import { withPlace } from './not-found-where.ts'
import type { RunCommand } from './run-command.ts'
import { useProxy } from './use-proxy.ts'

/** Runs the command that `args` name, and resolves to its exit code. Never rejects. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  const output = new Output()
  using interruption = new Interruption(output)
  let exitCode: ExitCode = ExitCode.ok
  const program = defineProgram()
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => output.write(text),
      outputError: (text) => output.error(withoutValues(text.trim().replace(/^error: /, ''))),
    })
    .addHelpText('after', exitCodeHelp)
    .showHelpAfterError('For help: pd-oauth --help, or pd-oauth help <command>')
    .exitOverride()

  const run: RunCommand =
    (action) =>
    async (...args) => {
      const flags = program.opts()
      if (flags.envFile !== undefined) loadEnvFile(flags.envFile, output)
      await useProxy(process.env)
      const context = new CommandContext(flags, output, interruption.signal)
      try {
        exitCode = (await action(context, ...args)) ?? ExitCode.ok
      } catch (error) {
        throw await withPlace(error, context)
      } finally {
        await context.close()
      }
    }
  addCommands(program, run)

  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    exitCode = exitCodeOf(error)
    // The parser prints its errors itself.
    const isPrinted = error instanceof CommanderError || interruption.signal.aborted
    if (!isPrinted) output.error(errorText(error))
  }
  const failure = await output.failure()
  if (failure !== undefined) {
    output.error(`The results could not be written to standard output: ${failure.message}`)
    if (exitCode === ExitCode.ok) exitCode = ExitCode.incomplete
  }
  return interruption.exitCode ?? exitCode
}

/** Cuts a message at the value of a `--flag=value` that the parser repeats: it may be a secret under a misspelled name. */
function withoutValues(message: string): string {
  return message.replace(
    /(?<![\w-])(--[\w-]+)=[^]*/,
    (_, flag, at) => `${flag}=…${message[at - 1] === "'" ? "'" : ''}`,
  )
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

function exitCodeHelp(): string {
  const lines = Object.entries(exitCodeMeanings).map(([code, meaning]) => `  ${code.padEnd(3)}  ${meaning}`)
  return `\nExit codes:\n${lines.join('\n')}`
}
