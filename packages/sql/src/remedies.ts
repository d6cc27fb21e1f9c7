/** What stays wrong until somebody changes the database, its rights or its address. */
export type Lasting =
  | 'missing_table'
  | 'missing_d1_table'
  | 'missing_schema'
  | 'may_not_create'
  | 'missing_columns'
  | 'missing_rights'
  | 'missing_database'
  | 'password'
  | 'not_admitted'
  | 'tls'
  | 'no_notify'
  | 'read_only_file'
  | 'not_a_database'
  | 'corrupt'

/** What may pass by itself, or as soon as there is room. */
export type Passing =
  | 'read_only_server'
  | 'disk_full'
  | 'disk_error'
  | 'too_many_connections'
  | 'too_slow'
  | 'locked'
  | 'network_drive'
  | 'cannot_open'

/** The sentences that mend it, for the table in quotes. */
export const lastingRemedies: Readonly<Record<Lasting, (table: string) => string>> = {
  missing_table: (table) =>
    `The table ${table} does not exist. Call createTable() of the store once at the start, or run the SQL of ` +
    'migrations() as a role that may create tables.',
  missing_d1_table: (table) =>
    `The table ${table} does not exist in this D1 database. Run npx wrangler d1 migrations apply with the name of the ` +
    'database, and with --local or --remote. The migration is the SQL of schema({ dialect: "d1" }).',
  missing_schema: (table) =>
    `The schema of the table ${table} does not exist. Create the schema, or name the table of another one.`,
  may_not_create: (table) =>
    `The table ${table} does not exist, and the store may not create it. Run the SQL of migrations() as a role that may ` +
    'create tables.',
  missing_columns: (table) =>
    `The table ${table} does not have the columns that this version needs. createTable() does not change an existing ` +
    'table: add what the SQL of migrations() has and the table has not, or choose another table.',
  missing_rights: (table) =>
    `The database role lacks a right. Grant it SELECT, INSERT, UPDATE and DELETE on ${table}, and USAGE on the schema.`,
  missing_database: () =>
    'The database does not exist on this server, or the address names none. Create it, or correct its name in the address of ' +
    'the database.',
  password: () =>
    'The database does not accept this user with this password. Correct them in the address of the database. Where the ' +
    'server demands TLS, set the option ssl of the pool.',
  not_admitted: () =>
    'The database does not let this user in from this machine. Create the user or correct its name, or unlock it; where the ' +
    'server demands TLS, switch it on with the option ssl of the pool.',
  tls: () =>
    'The connection and the server do not agree about TLS. Set the option ssl of the pool to what the server demands. If its ' +
    'certificate is refused, give the pool the certificate of its authority as ssl.ca, or renew the one of the server.',
  no_notify: () =>
    'The database lacks a function of PostgreSQL. If it has no pg_notify(), create the store with the option ' +
    '{ notify: false }.',
  read_only_file: (table) =>
    `The database of the table ${table} can only be read. Let the process write to the database; for a SQLite file, to ` +
    'the file, to its folder, and to the files -wal and -shm beside it.',
  not_a_database: () =>
    'The file is not a SQLite database, or is encrypted. It was not changed. Name another file.',
  corrupt: () =>
    'The SQLite file is damaged. Stop every process that uses it, keep a copy of the file and of its -wal file, and restore a ' +
    "backup or run SQLite's .recover.",
}

export const passingRemedies: Readonly<Record<Passing, string>> = {
  read_only_server:
    'The database accepts no writes at the moment. After a fail-over this passes. If it stays, connect to the primary.',
  disk_full:
    'The disk of the database is full, so nothing was written. Free some space; the store then works again by itself.',
  disk_error:
    'The disk of the SQLite file failed, so nothing was written. Check the disk, its quota, and the limits of the process.',
  too_many_connections:
    'The database has no connection left. Lower the number of connections of the pools, or raise the limit of the server.',
  too_slow:
    'The database gave the statement up after its time limit. Look for a long transaction that holds a lock on the table.',
  locked:
    'Another process holds the lock on the SQLite file for too long. End its transaction or its backup.',
  network_drive:
    'SQLite cannot lock the file. Processes cannot share a file on a network drive: put it on a local disk.',
  cannot_open:
    'SQLite cannot open the file, or a file beside it. Look whether the folder is there, whether the process may write to it, ' +
    'and whether the process has too many files open.',
}
