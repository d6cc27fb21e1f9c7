import { Option, type Command } from '@commander-js/extra-typings'

/** Adds the flags that every command takes. Each setting can also be a variable or a key of the configuration file. */
export function withGlobalOptions(program: Command) {
  return (
    program
      .option('--config <file>', 'configuration file (PD_OAUTH_CONFIG)')
      .option('--env-file <file>', 'file with variables, such as the .env of an application')
      .option('--client-id <id>', 'the app’s client id (PIPEDRIVE_CLIENT_ID)')
      .option(
        '--client-secret-file <file>',
        'file with the app’s client secret; - asks for it at a terminal, else reads standard input (PIPEDRIVE_CLIENT_SECRET_FILE)',
      )
      .option('--redirect-uri <url>', 'the app’s callback address (PIPEDRIVE_REDIRECT_URI)')
      .option('--scopes <list>', 'scopes the app needs, separated by commas (PD_OAUTH_SCOPES)')
      .option(
        '--store <url>',
        'where installations are stored: sqlite:, redis:, postgres:, mysql:, memory: (PD_OAUTH_STORE)',
      )
      .option(
        '--secrets-file <file>',
        'file with the sealing secrets, newest first (PD_OAUTH_SECRETS_FILE; PD_OAUTH_SECRETS holds the secrets themselves)',
      )
      .option('--installation <id>', 'company and user, such as 123:456 (PD_OAUTH_INSTALLATION)')
      .option(
        '--oauth-origin <url>',
        'OAuth server to use instead of Pipedrive’s (PD_OAUTH_OAUTH_ORIGIN, else PIPEDRIVE_ORIGIN)',
      )
      .option(
        '--api-origin <url>',
        'one more origin that may receive tokens (PD_OAUTH_API_ORIGIN, else PIPEDRIVE_ORIGIN)',
      )
      // Accepted only to explain why the secret must not be given this way.
      .addOption(new Option('--client-secret <secret>').hideHelp())
  )
}

export type Program = ReturnType<typeof withGlobalOptions>
export type GlobalOptions = ReturnType<Program['opts']>
