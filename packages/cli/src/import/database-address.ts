import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { holdsPassword } from '../store/store-url.ts'

/**
 * Returns the address of the database from which rows are imported: `sqlite:path` or `postgres://…`. Undefined: the source is
 * a file. `env:NAME` takes the address from a variable; `file:path`, as libSQL and Prisma write it, is SQLite.
 * @throws {CliError} when an address holds a password, or is that of another kind of database
 */
export function databaseAddress(source: string): string | undefined {
  if (holdsPassword(source.replace(/^env:/, '')))
    throw new CliError(
      ExitCode.configuration,
      'The arguments of a command show a password to every user of this machine. Give the name of a variable that holds the address: pd-oauth import env:DATABASE_URL',
    )
  return source.startsWith('env:') ? addressIn(source.slice('env:'.length)) : known(source)
}

function addressIn(variable: string): string {
  const address = known(process.env[variable]?.trim() ?? '')
  if (address !== undefined) return address
  throw new CliError(
    ExitCode.configuration,
    `The variable ${variable} does not hold the address of a database: sqlite:<path> or postgres://…`,
  )
}

function known(address: string): string | undefined {
  if (/^(sqlite|postgres(ql)?):/.test(address)) return address
  if (address.startsWith('file:'))
    return `sqlite:${address.replace(/^file:(\/\/(?=\/))?/, '').replace(/\?.*/, '')}`
  const [scheme] = /^[a-z][a-z\d+]*(?=:\/\/)/i.exec(address) ?? []
  if (scheme === undefined) return undefined
  throw new CliError(
    ExitCode.usage,
    `import does not read ${scheme}: databases, only sqlite: and postgres:. Export the rows to JSON or CSV, and import the file.`,
  )
}
