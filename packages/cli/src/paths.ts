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
  /** The folder of attempts that `url` has begun and `exchange` has not ended. */
  readonly attempts: string
}

/** Returns the default paths of this platform. On Linux they follow the XDG variables. */
export function defaultPaths(): Paths {
  const { config, data, log } = envPaths('pd-oauth', { suffix: '' })
  return {
    configFile: join(config, 'config.json'),
    secretsFile: join(config, 'secrets'),
    database: join(data, 'installations.db'),
    // On Linux the folder that env-paths calls `log` is XDG's folder for state.
    attempts: join(log, 'attempts'),
  }
}

/** Replaces a leading `~` with the home folder. A shell does not do it inside a word such as `sqlite:~/installations.db`. */
export function withHome(path: string): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path
}
