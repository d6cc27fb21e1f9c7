import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { withHome } from '../paths.ts'

/**
 * Sets the variables of a file, as `node --env-file` does. A variable that is set already stays.
 * @throws {CliError} if the file cannot be read
 */
export function loadEnvFile(path: string): void {
  try {
    process.loadEnvFile(withHome(path))
  } catch (error) {
    throw new CliError(
      ExitCode.configuration,
      `--env-file ${path} cannot be read: ${(error as Error).message}`,
    )
  }
}
