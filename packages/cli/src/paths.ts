import { homedir } from 'node:os'
import { join } from 'node:path'
import envPaths from 'env-paths'

export interface Paths {
  /** The configuration file. */
  readonly configFile: string
  /** The sealing secrets, newest first. */
  readonly secretsFile: string
  /** The SQLite file of installations. */
  readonly database: string
  /** What `url` leaves for `exchange`. */
  readonly attempts: string
}

/** Where this platform keeps such things. On Linux that follows the XDG variables. */
export function defaultPaths(): Paths {
  const { config, data, log } = envPaths('pd-oauth', { suffix: '' })
  return {
    configFile: join(config, 'config.json'),
    secretsFile: join(config, 'secrets'),
    database: join(data, 'installations.db'),
    // What env-paths calls the folder for logs is XDG's for state.
    attempts: join(log, 'attempts'),
  }
}

/** `~/` is the shell's, but not in the middle of a word such as `sqlite:~/installations.db`. */
export function withHome(path: string): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path
}
