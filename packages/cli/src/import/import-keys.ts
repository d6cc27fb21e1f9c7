import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'

/** The secrets with which the source encrypts its tokens. Undefined: none was given. */
export interface ImportKeys {
  /** The 32 bytes of `ENCRYPTION_KEY`, of the app scaffold. */
  readonly scaffold?: Buffer | undefined
  /** The 32 bytes of `NANGO_ENCRYPTION_KEY`. */
  readonly nango?: Buffer | undefined
  /** `BETTER_AUTH_SECRET`, and each of `BETTER_AUTH_SECRETS`. */
  readonly betterAuth?: readonly string[] | undefined
}

/** @throws {CliError} when a variable does not hold a key of its form */
export function readImportKeys(environment: NodeJS.ProcessEnv): ImportKeys {
  return {
    scaffold: bytesOf(environment, 'ENCRYPTION_KEY', 'hex', /^[\da-f]{64}$/i, '64 hexadecimal digits'),
    nango: bytesOf(
      environment,
      'NANGO_ENCRYPTION_KEY',
      'base64',
      /^[\w+/-]{43}=?$/,
      '32 bytes in base64, 44 characters',
    ),
    betterAuth: betterAuthSecrets(environment),
  }
}

function bytesOf(
  environment: NodeJS.ProcessEnv,
  name: string,
  encoding: BufferEncoding,
  form: RegExp,
  formText: string,
): Buffer | undefined {
  const text = environment[name] ?? ''
  if (text === '') return undefined
  if (form.test(text)) return Buffer.from(text, encoding)
  throw new CliError(
    ExitCode.configuration,
    `${name} must be ${formText}: the value that the application uses.`,
  )
}

/** `BETTER_AUTH_SECRETS` is a list such as `2:new,1:old`. */
function betterAuthSecrets(environment: NodeJS.ProcessEnv): readonly string[] | undefined {
  const versions = (environment['BETTER_AUTH_SECRETS'] ?? '')
    .split(',')
    .map((entry) => entry.trim().replace(/^\d+:/, '').trim())
  const secrets = [environment['BETTER_AUTH_SECRET'] ?? '', ...versions].filter((secret) => secret !== '')
  return secrets.length === 0 ? undefined : secrets
}
