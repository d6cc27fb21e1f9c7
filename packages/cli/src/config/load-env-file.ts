import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { decodeText } from '../files/decode-text.ts'
import { permissionProblem } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { withHome } from '../paths.ts'
import { holdsPassword } from '../store/store-url.ts'

/** Names of variables such as PIPEDRIVE_CLIENT_SECRET and ENCRYPTION_KEY, but not PD_OAUTH_SECRETS_FILE. */
const secretName = /(pass|secret|token|key)(?!.*_file$)/i

/**
 * Sets the variables of a file, as `node --env-file` does. A variable that is set already stays. Warns if the file holds
 * secrets and other users have access to it.
 * @throws {CliError} if the file cannot be read
 */
export function loadEnvFile(given: string, output: Output): void {
  const path = withHome(given)
  const variables = Object.entries(parseEnv(textOf(path, given))) as [string, string][]
  for (const [name, value] of variables) process.env[name] ??= value
  const holdsSecrets = variables.some(
    ([name, value]) => value !== '' && (secretName.test(name) || holdsPassword(value)),
  )
  const problem = holdsSecrets ? permissionProblem(path) : undefined
  // The file is another program's, which may need its mode.
  if (problem !== undefined) output.warning(problem)
}

function textOf(path: string, given: string): string {
  try {
    return decodeText(readFileSync(path))
  } catch (error) {
    throw new CliError(
      ExitCode.configuration,
      `--env-file ${given} cannot be read: ${(error as Error).message}`,
    )
  }
}
