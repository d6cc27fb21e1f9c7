import { once } from 'node:events'
import { chmodSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { startPgBouncer } from '@pd/test-support/pgbouncer'
import { postgresUrl } from '@pd/test-support/postgres'
import { unprivilegedUser } from '@pd/test-support/unprivileged-user'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { rowsOfDatabase } from '../src/import/rows-of-database.ts'
import { createScene, startProgram } from './command-line.ts'

/** Creates a scene whose users have connected with an older system. `kept` holds the tokens of that system. */
async function createSceneWithOldTokens(users = ['1001:11', '1002:13']) {
  const scene = await createScene({ rotateRefreshTokens: true, reuseDetection: true })
  const kept = users.map((id) => {
    const { access_token, refresh_token, api_domain } = scene.fake.install(id)
    const [companyId, userId] = id.split(':').map(Number)
    return { id, company_id: companyId!, user_id: userId!, access_token, refresh_token, api_domain }
  })
  const createdSecret = `Created a sealing secret in ${scene.secretsFile}. Keep a copy: stored records cannot be read without it.\n`
  return { ...scene, kept, createdSecret }
}

type OldRow = Awaited<ReturnType<typeof createSceneWithOldTokens>>['kept'][number]

test('import adopts token objects of the official SDK, one per line of standard input, and token refreshes them', async () => {
  const { fake, kept, run } = await createSceneWithOldTokens()
  const lines = kept.map(({ access_token, refresh_token, api_domain }) =>
    JSON.stringify({
      access_token,
      refresh_token,
      token_type: 'bearer',
      expires_in: 3599,
      scope: 'base',
      api_domain,
    }),
  )
  const { code, stderr } = await run(['import'], { input: lines.join('\n') })
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(
      /^Warning: 2 rows have neither ids nor a reference [^\n]*\nCreated a sealing secret [^\n]*\n2 imported, 0 kept/,
    ),
  ])
  for (const { id } of kept) {
    const { stdout } = await run(['token', id])
    expect(fake.serverAccepts(stdout.trim())).toBe(true)
  }
})

/** Returns the sentence that ends an import. */
const summary = (imported: number, kept: number, failed: number) =>
  `${imported} imported, ${kept} kept because the stored ones are as new or newer, ${failed} failed.\n`

/** Creates the table of Pipedrive's app scaffold, as its first migration does on SQLite. */
function scaffoldDatabase(path: string, rows: readonly OldRow[], expiresAt: number) {
  using database = new DatabaseSync(path)
  database.exec(`CREATE TABLE pipedrive_tokens (
    pipedrive_company_id INTEGER NOT NULL, pipedrive_user_id INTEGER NOT NULL,
    access_token TEXT NOT NULL, refresh_token TEXT NOT NULL, token_type TEXT NOT NULL DEFAULT 'bearer',
    access_token_expires_at INTEGER NOT NULL, refresh_token_expires_at INTEGER NOT NULL,
    scope TEXT, api_domain TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()), updated_at INTEGER NOT NULL DEFAULT (unixepoch()),
    PRIMARY KEY (pipedrive_company_id, pipedrive_user_id))`)
  const insert = database.prepare(`INSERT INTO pipedrive_tokens
    (pipedrive_company_id, pipedrive_user_id, access_token, refresh_token, access_token_expires_at,
     refresh_token_expires_at, scope, api_domain) VALUES (?, ?, ?, ?, ?, ?, 'base', ?)`)
  for (const row of rows)
    insert.run(
      row.company_id,
      row.user_id,
      row.access_token,
      row.refresh_token,
      expiresAt,
      expiresAt + 5_000_000,
      row.api_domain,
    )
}

test('F12 import adopts a database of the app scaffold, and the first use refreshes expired tokens', async () => {
  const { fake, home, kept, run } = await createSceneWithOldTokens()
  const path = join(home, 'scaffold.db')
  scaffoldDatabase(path, kept, Math.floor(Date.now() / 1_000) - 60)
  const { code, stdout } = await run(['import', `sqlite:${path}`, '--json'])
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    kept.map(({ id }, index) => ({ place: `row ${index + 1}`, outcome: 'created', id })),
  ])
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])
  const token = (await run(['token', '1001:11'])).stdout.trim()
  expect(fake.serverAccepts(token)).toBe(true)
  expect(kept.map(({ access_token }) => access_token)).not.toContain(token)

  // A second import keeps the stored tokens, which are newer by now, or the same.
  const again = await run(['import', `sqlite:${path}`, '--json'])
  expect(JSON.parse(again.stdout)).toEqual(
    kept.map(({ id }, index) => ({ place: `row ${index + 1}`, outcome: 'kept', id })),
  )
  expect(again.stderr).toBe(summary(0, 2, 0))
  expect((await run(['token', '1001:11'])).stdout.trim()).toBe(token)
})

test('a token of the scaffold that is still valid is used without a refresh', async () => {
  const { fake, home, kept, run } = await createSceneWithOldTokens(['1001:11'])
  const path = join(home, 'scaffold.db')
  scaffoldDatabase(path, kept, Math.floor(Date.now() / 1_000) + 3_000)
  expect((await run(['import', `sqlite:${path}`])).code).toBe(0)
  expect((await run(['token'])).stdout.trim()).toBe(kept[0]!.access_token)
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])
})

test('import reads the scaffold’s table in PostgreSQL, whose dates have no zone', async () => {
  const { kept, createdSecret, run } = await createSceneWithOldTokens(['1001:11'])
  const client = new Client({ connectionString: postgresUrl() })
  await client.connect()
  const table = `scaffold_${process.pid}`
  onTestFinished(async () => {
    await client.query(`DROP TABLE ${table}`)
    await client.end()
  })
  await client.query(`CREATE TABLE ${table} (pipedrive_company_id INTEGER NOT NULL, pipedrive_user_id INTEGER NOT NULL,
    access_token VARCHAR(768) NOT NULL, refresh_token VARCHAR(768) NOT NULL, access_token_expires_at TIMESTAMP NOT NULL,
    api_domain VARCHAR(255) NOT NULL)`)
  const [row] = kept
  await client.query(`INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5, $6)`, [
    row!.company_id,
    row!.user_id,
    row!.access_token,
    row!.refresh_token,
    new Date(Date.now() + 1_800_000).toISOString(),
    row!.api_domain,
  ])
  const imported = await run(['import', postgresUrl(), '--table', table], { env: { TZ: 'America/New_York' } })
  expect(imported).toMatchObject({ code: 0, stderr: createdSecret + summary(1, 0, 0) })
  const { stdout } = await run(['status', '1001:11', '--json'])
  const expiresIn = Date.parse(JSON.parse(stdout).accessTokenExpiresAt) - Date.now()
  expect(Math.abs(expiresIn - 1_800_000)).toBeLessThan(120_000)
  expect(await run(['import', postgresUrl(), '--table', 'no_such_table'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/has no table no_such_table\. It has: .*scaffold_/),
  })
})

test('F40 import leaves nothing behind in the connections that PgBouncer shares, also after an error', async () => {
  const { kept, run } = await createSceneWithOldTokens(['1001:11'])
  const client = new Client({ connectionString: postgresUrl() })
  await client.connect()
  const table = `bounced_${process.pid}`
  onTestFinished(async () => {
    await client.query(`DROP TABLE ${table} CASCADE`)
    await client.end()
  })
  await client.query(`CREATE TABLE ${table} (refresh_token TEXT, divisor INT)`)
  await client.query(`INSERT INTO ${table} VALUES ($1, 0)`, [kept[0]!.refresh_token])
  await client.query(
    `CREATE VIEW ${table}_broken AS SELECT refresh_token, (1 / divisor)::text AS scope FROM ${table}`,
  )
  await using bouncer = await startPgBouncer(postgresUrl())

  // In a transaction, each has a connection of its own: together they have both of PgBouncer.
  const written = async () => {
    const others = [new Client(bouncer.url), new Client(bouncer.url)]
    await Promise.all(others.map((other) => other.connect()))
    await Promise.all(others.map((other) => other.query('BEGIN')))
    const insert = `INSERT INTO ${table} VALUES ('new', 1)`
    const writing = await Promise.allSettled(others.map((other) => other.query(insert)))
    await Promise.all(others.map((other) => other.query('ROLLBACK')))
    await Promise.all(others.map((other) => other.end()))
    return writing.filter(({ status }) => status === 'fulfilled').length
  }
  expect(await run(['import', bouncer.url, '--table', table, '--dry-run'])).toMatchObject({ code: 0 })
  expect(await written()).toBe(2)
  expect(await run(['import', bouncer.url, '--table', `${table}_broken`])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('cannot be read'),
  })
  expect(await written()).toBe(2)
})

test('F57 import reads only the columns it needs, and one odd row costs no other', async () => {
  const { fake, home, kept, run } = await createSceneWithOldTokens()
  const path = join(home, 'odd.db')
  {
    using database = new DatabaseSync(path)
    database.exec(`CREATE TABLE tokens (big INTEGER, blob BLOB, company_id INTEGER, user_id INTEGER,
      access_token TEXT, refresh_token TEXT, expires_at, updated_at TEXT, api_domain TEXT)`)
    const insert = database.prepare(
      "INSERT INTO tokens VALUES (9223372036854775807, x'00ff1b', ?, ?, ?, ?, ?, ?, ?)",
    )
    const [one, two] = [kept[0]!, kept[1]!]
    insert.run(
      one.company_id,
      one.user_id,
      one.access_token,
      one.refresh_token,
      9223372036854775807n,
      '0000-00-00',
      one.api_domain,
    )
    insert.run(9007199254740993n, 1, 'a', 'b', null, null, null)
    insert.run(1, 1, 'a', Buffer.from([0xff, 0]), null, null, null)
    insert.run(
      two.company_id,
      two.user_id,
      Buffer.from(two.access_token),
      two.refresh_token,
      null,
      'x'.repeat(1_000_000),
      two.api_domain,
    )
  }
  const { code, stdout, stderr } = await run(['import', `sqlite:${path}`])
  expect(code).toBe(8)
  expect(stdout).toMatch(
    /^row 2: its company_id and user_id must be Pipedrive's own ids, .*\nrow 3: its refresh token holds characters that no token has\n$/,
  )
  for (const warning of ['row 1: its expires_at', 'row 1: its updated_at', 'row 4: its updated_at'])
    expect(stderr).toContain(`Warning: ${warning} is not a date and counts as none\n`)
  expect(stderr).toContain(summary(2, 0, 2))
  for (const { id } of kept) expect(fake.serverAccepts((await run(['token', id])).stdout.trim())).toBe(true)
})

test('import reads the accounts of better-auth and of Auth.js, and skips other providers', async () => {
  const { fake, home, kept, run } = await createSceneWithOldTokens(['1001:11', '1002:13'])
  const path = join(home, 'auth.db')
  const expiresAt = Date.now() + 1_800_000
  {
    using database = new DatabaseSync(path)
    database.exec(`CREATE TABLE account (id TEXT, accountId TEXT, providerId TEXT, userId TEXT, accessToken TEXT,
      refreshToken TEXT, accessTokenExpiresAt DATE, password TEXT, updatedAt DATE)`)
    const insert = database.prepare('INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    const { access_token, refresh_token } = kept[0]!
    insert.run(
      'a',
      '11',
      'pipedrive',
      'u1',
      access_token,
      refresh_token,
      new Date(expiresAt).toISOString(),
      null,
      'x',
    )
    insert.run('b', '99', 'google', 'u1', 'not-ours', 'not-ours', null, null, 'x')
    insert.run('c', 'u1', 'credential', 'u1', null, null, null, 'a hash', 'x')
  }
  const better = await run(['import', `sqlite:${path}`, '--json'])
  expect([better.code, JSON.parse(better.stdout)]).toEqual([
    0,
    [
      { place: 'row 1', reference: 'u1', outcome: 'created', id: '1001:11' },
      { place: 'row 2', outcome: 'skipped' },
      { place: 'row 3', outcome: 'skipped' },
    ],
  ])
  expect(better.stderr).toContain('0 failed, 2 skipped (of another provider, or deleted).')
  const { access_token, refresh_token } = kept[1]!
  const csv = `id,userId,type,provider,providerAccountId,refresh_token,access_token,expires_at
1,7,oauth,pipedrive,13,"${refresh_token}","${access_token}",${Math.floor(expiresAt / 1_000)}`
  const authJs = await run(['import', '--json'], { input: csv })
  expect(JSON.parse(authJs.stdout)).toEqual([
    { place: 'line 2', reference: '7', outcome: 'created', id: '1002:13' },
  ])
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])
})

test('import names the place of each bad row, shows none of them, and imports the others', async () => {
  const { home, kept, createdSecret, run } = await createSceneWithOldTokens(['1001:11'])
  const path = join(home, 'rows.jsonl')
  const { access_token, refresh_token, ...withoutTokens } = kept[0]!
  writeFileSync(
    path,
    [
      JSON.stringify({ ...withoutTokens, access_token }),
      'not json',
      JSON.stringify(kept[0]),
      '{"access_token":1}',
    ].join('\n'),
  )
  const { code, stdout, stderr } = await run(['import', path])
  expect({ code, stdout, stderr }).toEqual({
    code: 8,
    stdout:
      'line 1: its refresh token is missing\nline 2: is not JSON\nline 4: its access token is not text; its refresh token is missing\n',
    stderr: createdSecret + summary(1, 0, 3),
  })
  for (const token of [access_token, refresh_token]) expect(stdout).not.toContain(token)
})

test.each(['lines', 'JSON'])(
  'F96 an interrupted import says as %s what it did and what it did not try',
  async (form) => {
    const users = Array.from({ length: 9 }, (_, index) => ({ companyId: 1001, id: index + 1 }))
    const { env, fake } = await createScene({ users })
    const rows = users.map(({ companyId, id }) => {
      const { access_token, refresh_token } = fake.install(`${companyId}:${id}`)
      return JSON.stringify({ access_token, refresh_token })
    })
    const gate = fake.faults.hold({ endpoint: 'api' })
    const child = startProgram(['import', ...(form === 'JSON' ? ['--json'] : [])], {
      env: { ...env, PD_OAUTH_STORE: 'memory:' },
    })
    child.stdin.end(['not json', ...rows].join('\n'))
    let stderr = ''
    child.stderr.on('data', (part) => (stderr += String(part)))
    const ended = Promise.all([text(child.stdout), once(child, 'close')])
    await gate.reached
    child.kill('SIGINT')
    await expect.poll(() => stderr, { timeout: 60_000 }).toContain('Saving and stopping')
    gate.release()
    const [stdout, [code]] = await ended
    expect([code, stderr]).toEqual([
      130,
      expect.stringMatching(/^7 imported, 0 kept because .*, 1 failed, 2 not tried\.$/m),
    ])
    if (form === 'lines') return expect(stdout).toBe('line 1: is not JSON\n')
    const results = JSON.parse(stdout) as { place: string; outcome: string }[]
    expect([results.length, ...results.slice(-2)]).toEqual([
      10,
      { place: 'line 9', outcome: 'not_tried' },
      { place: 'line 10', outcome: 'not_tried' },
    ])
  },
)

test('import gets an access token for a row that has only a refresh token, and asks whose it is', async () => {
  const { fake, kept, run } = await createSceneWithOldTokens(['1001:11'])
  const { refresh_token } = kept[0]!
  const { code, stdout } = await run(['import', '--json'], { input: JSON.stringify({ refresh_token }) })
  expect([code, JSON.parse(stdout)]).toEqual([0, [{ place: 'row 1', outcome: 'created', id: '1001:11' }]])
  const requests = fake.tokenRequests({ grantType: 'refresh_token' }).length
  expect(fake.serverAccepts((await run(['token'])).stdout.trim())).toBe(true)
  expect([requests, fake.tokenRequests({ grantType: 'refresh_token' }).length]).toEqual([1, 1])
})

test('import reads at most 128 MB of text, and says how to import more', async () => {
  const { home, run } = await createScene()
  const path = join(home, 'rows.jsonl')
  writeFileSync(path, '')
  truncateSync(path, 128 * 1_048_576 + 1)
  const ofFile = await run(['import', path])
  expect([ofFile.code, ofFile.stderr]).toEqual([2, expect.stringContaining(`${path} has more than 128 MB.`)])
  const ofInput = await run(['import'], { input: new Uint8Array(128 * 1_048_576 + 1) })
  expect([ofInput.code, ofInput.stderr]).toEqual([2, expect.stringContaining('has more than 128 MB.')])
})

test('import reads at most 200 000 rows of a table, and says how to import more', async () => {
  const { home, run } = await createScene()
  const path = join(home, 'many.db')
  {
    using database = new DatabaseSync(path)
    database.exec(`CREATE TABLE tokens AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200001)
      SELECT 'r' AS refresh_token FROM n`)
  }
  const ended = await run(['import', `sqlite:${path}`, '--dry-run'])
  expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('has more than 200000 rows.')])
})

test('import takes the address of a database from a variable', async () => {
  const { home, kept, run } = await createSceneWithOldTokens(['1001:11'])
  scaffoldDatabase(join(home, 'old.db'), kept, Math.floor(Date.now() / 1_000) + 3_000)
  const { code, stderr } = await run(['import', 'env:OLD_DATABASE', '--dry-run'], {
    cwd: home,
    env: { OLD_DATABASE: 'file:./old.db' },
  })
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('1 can be imported, 0 cannot. Only the form was checked'),
  ])
})

test('a dry run checks every row and writes nothing', async () => {
  const { kept, run } = await createSceneWithOldTokens()
  const { code, stderr } = await run(['import', '--dry-run'], { input: JSON.stringify(kept) })
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('2 can be imported, 0 cannot. Only the form was checked'),
  ])
  expect((await run(['status', '--json'])).stdout).toBe('[]\n')
})

test.each([
  ['a reference', ({ company_id, user_id }: OldRow) => ({ reference: `${company_id}-${user_id}` }), false],
  ['ids', ({ company_id, user_id }: OldRow) => ({ company_id, user_id }), false],
  ['a shared reference', () => ({ reference: 'all' }), true],
  ['neither', () => ({}), true],
])(
  'F58 rows with %s, a refresh token and no more, are imported again without a request, or import warns of them',
  async (_, namesOf, isWarned) => {
    const { fake, kept, run } = await createSceneWithOldTokens()
    const input = JSON.stringify(
      kept.map((row) => Object.assign(namesOf(row), { refresh_token: row.refresh_token })),
    )
    const dry = await run(['import', '--dry-run'], { input })
    const first = await run(['import'], { input })
    for (const { stderr } of [dry, first])
      expect(stderr.includes('Warning: 2 rows have neither ids nor a reference of its own.')).toBe(isWarned)
    expect(first.stderr).toContain('2 imported, 0 kept')
    if (isWarned) return
    const requests = fake.calls.length
    expect((await run(['import'], { input })).stderr).toContain('0 imported, 2 kept')
    expect(fake.calls).toHaveLength(requests)
  },
)

const repeats: [string, (row: OldRow) => object[]][] = [
  ['the same ids', ({ company_id, user_id, refresh_token }) => [{ company_id, user_id, refresh_token }]],
  ['no names', ({ refresh_token }) => [{ refresh_token }]],
  [
    'different references',
    ({ refresh_token }) => [
      { refresh_token, reference: 'a' },
      { refresh_token, reference: 'b' },
    ],
  ],
  [
    'ids once and a reference once',
    ({ company_id, user_id, refresh_token }) => [
      { company_id, user_id, refresh_token },
      { refresh_token, reference: 'a' },
    ],
  ],
  [
    'ids and an access token that has expired',
    ({ company_id, user_id, refresh_token, access_token }) => [
      { company_id, user_id, refresh_token, access_token, expires_at: Date.now() - 1 },
    ],
  ],
]
test.each(repeats.flatMap(([name, rowsOf]) => [[], ['--verify']].map((flags) => ({ name, rowsOf, flags }))))(
  'F58 two rows of one user with $name are one import, and his grant lives on ($flags)',
  async ({ name, rowsOf, flags }) => {
    const { fake, kept, run } = await createSceneWithOldTokens(['1001:11'])
    fake.expireAccessTokens('1001:11')
    const rows = rowsOf(kept[0]!)
    const input = JSON.stringify(rows.length === 1 ? [...rows, ...rows] : rows)
    const { code, stdout, stderr } = await run(['import', '--json', ...flags], { input })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      [
        expect.objectContaining({ place: 'row 1', outcome: 'created' }),
        { place: 'row 2', outcome: 'repeated', sameAs: 'row 1' },
      ],
    ])
    expect(stderr).toContain('1 left out (another row has the same user or the same refresh token).')
    expect(fake.serverAccepts((await run(['token', '1001:11'])).stdout.trim())).toBe(true)
    fake.expectInstalled('1001:11')
    if (name === 'no names') return
    expect((await run(['import', ...flags], { input })).stderr).toContain('0 imported, 1 kept')
    fake.expectInstalled('1001:11')
  },
)

test('F58 a row that was only updated since its import takes no place of a living grant, and import says why', async () => {
  const { fake, kept, run } = await createSceneWithOldTokens(['1001:11'])
  const { company_id, user_id, refresh_token, access_token } = kept[0]!
  const row = { company_id, user_id, refresh_token, access_token, expires_in: 3_599 }
  const input = (updated_at: number) => JSON.stringify({ ...row, updated_at })
  expect((await run(['import'], { input: input(Date.now() - 60_000) })).stderr).toContain('1 imported')
  expect((await run(['refresh', '1001:11'])).code).toBe(0)
  const again = await run(['import', '--json'], { input: input(Date.now() + 60_000) })
  expect([JSON.parse(again.stdout), again.stderr]).toEqual([
    [{ place: 'row 1', outcome: 'kept', id: '1001:11', isUndated: true }],
    expect.stringMatching(/1 of the kept rows does not say when .* pd-oauth forget <id>\n$/),
  ])
  expect((await run(['refresh', '1001:11'])).code).toBe(0)
  fake.expectInstalled('1001:11')
})

test.each([
  ['Latin-1', (text: string) => Buffer.from(text, 'latin1'), 8],
  ['UTF-8', (text: string) => Buffer.from(text, 'utf8'), 0],
  ['UTF-8 with its mark', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf8'), 0],
  ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'), 0],
  ['UTF-16, big end first', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), 0],
])(
  'F57 a CSV in %s is read alike from a file and from standard input, by what a row needs',
  async (_, encoded, code) => {
    const { home, run } = await createScene()
    const bytes = encoded('refresh_token;note;reference\n1:1:a;Müller;Meier\n1:1:b;Meier;Müller\n')
    const path = join(home, 'rows.csv')
    writeFileSync(path, bytes)
    const ofFile = await run(['import', path, '--dry-run'])
    expect(await run(['import', '--dry-run'], { input: bytes })).toEqual(ofFile)
    expect([ofFile.code, ofFile.stdout]).toEqual([
      code,
      code === 0
        ? ''
        : 'line 3: its reference was not in UTF-8: write the source in UTF-8, and import it again\n',
    ])
    expect(ofFile.stderr).toContain(`${code === 0 ? 2 : 1} can be imported`)
  },
)

test('F39 import reads a SQLite file in WAL mode in a folder where this user may not write', async () => {
  const { home } = await createScene()
  const path = join(home, 'old.db')
  {
    using database = new DatabaseSync(path)
    database.exec(
      "PRAGMA journal_mode = WAL; CREATE TABLE tokens (refresh_token TEXT); INSERT INTO tokens VALUES ('1:1:a')",
    )
  }
  // Root may write everywhere, so this process gives that right up meanwhile.
  const asReader = async () => {
    const user = unprivilegedUser('nobody')
    chmodSync(home, 0o555)
    if (user !== undefined) process.seteuid?.(user.uid)
    try {
      return await rowsOfDatabase(`sqlite:${path}`, undefined)
    } finally {
      if (user !== undefined) process.seteuid?.(0)
      chmodSync(home, 0o755)
    }
  }
  expect(await asReader()).toEqual([{ place: 'row 1', row: { refresh_token: '1:1:a' } }])
  expect(readdirSync(home)).toEqual(['old.db'])
  // Beside changes whose index is missing, the database alone is not all.
  writeFileSync(`${path}-wal`, 'changes')
  await expect(asReader()).rejects.toThrow('cannot be read as a SQLite database')
})

test('--table and ?table= take the name of a table with its schema, also where the table is found without it', async () => {
  const { home, run } = await createScene()
  const path = join(home, 'old.db')
  {
    using database = new DatabaseSync(path)
    database.exec("CREATE TABLE mine (refresh_token TEXT); INSERT INTO mine VALUES ('1:1:a')")
  }
  const client = new Client({ connectionString: postgresUrl() })
  await client.connect()
  const [table, schema] = [`named_${process.pid}`, `schema_${process.pid}`]
  onTestFinished(async () => {
    await client.query(`DROP TABLE ${table}; DROP SCHEMA ${schema} CASCADE`)
    await client.end()
  })
  await client.query(`CREATE TABLE ${table} AS SELECT '1:1:a' AS refresh_token;
    CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} AS SELECT '1:1:' || i AS refresh_token FROM generate_series(1, 2) AS i`)
  const sources = [
    [`sqlite:${path}`, 'mine'],
    [`sqlite:${path}`, 'main.mine'],
    [postgresUrl(), table],
    [postgresUrl(), `public.${table}`],
    [postgresUrl(), `${schema}.${table}`],
  ] as const
  const count = async (source: string, ...rest: string[]) => {
    const { stderr } = await run(['import', source, ...rest, '--dry-run'])
    return /\d+(?= can be imported)/.exec(stderr)?.[0]
  }
  const counts = await Promise.all(sources.map(([source, name]) => count(source, '--table', name)))
  expect(counts).toEqual(['1', '1', '1', '1', '2'])
  const inAddress = ([source, name]: readonly [string, string]) =>
    `${source}${source.includes('?') ? '&' : '?'}table=${name}`
  expect(await Promise.all(sources.map((each) => count(inAddress(each))))).toEqual(counts)
  expect(await run(['import', `sqlite:${path}?table=mine`, '--table', 'yours'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--table names yours, and the address names the table mine. Name one.'),
  })
})

test('import takes the keys of an object of rows for their references', async () => {
  const { kept, createdSecret, run } = await createSceneWithOldTokens()
  const [ada, grace] = kept.map(({ access_token, refresh_token }) => ({ access_token, refresh_token }))
  const input = JSON.stringify({ alice: ada, bob: grace })
  expect(await run(['import'], { input })).toMatchObject({
    code: 0,
    stderr: createdSecret + summary(2, 0, 0),
  })
  expect((await run(['status'])).stdout).toMatch(/REFERENCE\n1001:11 .* alice\n1002:13 .* bob\n$/)
})

test('F16 import reports a grant that Pipedrive refuses', async () => {
  const { fake, kept, run } = await createSceneWithOldTokens(['1001:11'])
  await fake.uninstall('1001:11')
  const { company_id, user_id, ...row } = kept[0]!
  const { code, stdout } = await run(['import'], { input: JSON.stringify(row) })
  expect([code, stdout]).toEqual([8, expect.stringContaining('[reauthorization_required]')])
  expect(`${company_id}:${user_id}`).toBe('1001:11')
})

test.each([
  ['an empty input', async () => ['import'], /no rows in standard input/],
  ['a missing file', async () => ['import', 'nowhere.json'], /nowhere.json does not exist/],
  [
    '--table for a file',
    async () => ['import', 'rows.json', '--table', 'x'],
    /--table is only for databases/,
  ],
  [
    'a SQLite file without sqlite:',
    async (home: string) => {
      using database = new DatabaseSync(join(home, 'data.db'))
      database.exec('CREATE TABLE tokens (refresh_token TEXT)')
      return ['import', 'data.db']
    },
    /data\.db is a SQLite database: pd-oauth import sqlite:data\.db/,
  ],
  [
    'a file that is not a database',
    async (home: string) => {
      writeFileSync(join(home, 'text.db'), 'This is a letter to my grandmother, not a database.')
      return ['import', `sqlite:${join(home, 'text.db')}`]
    },
    /cannot be read as a SQLite database/,
  ],
  [
    'a table without tokens',
    async (home: string) => {
      const path = join(home, 'other.db')
      using database = new DatabaseSync(path)
      database.exec('CREATE TABLE installations (company_id INTEGER, user_id INTEGER)')
      return ['import', `sqlite:${path}`]
    },
    /no column refresh_token\. It has: company_id, user_id/,
  ],
  [
    'a database without a table of tokens',
    async (home: string) => {
      const path = join(home, 'other.db')
      using database = new DatabaseSync(path)
      database.exec('CREATE TABLE orders (id INTEGER)')
      return ['import', `sqlite:${path}`]
    },
    /has no table pipedrive_tokens or installations or tokens or account or .+\. It has: orders\. Name one with --table/,
  ],
])('import answers %s with a sentence that says what is wrong', async (_, prepare, message) => {
  const { home, run } = await createScene()
  const ended = await run(await prepare(home), { cwd: home })
  expect([ended.stdout, ended.code === 2 || ended.code === 3]).toEqual(['', true])
  expect(ended.stderr).toMatch(message)
})
