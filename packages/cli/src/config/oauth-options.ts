import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Output } from '../output.ts'
import type { Settings } from './settings.ts'

/** What a client is made with, but for its store. */
export async function oauthOptions(_settings: Settings, _output: Output): Promise<PipedriveOAuthOptions> {
  throw new CliError(ExitCode.configuration, 'Not yet.')
}
