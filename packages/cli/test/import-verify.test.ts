import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createScene } from './command-line.ts'
import { blocksOf } from './run-shell.ts'

const hour = 3_600_000

/** Users who connected with an application on the official SDK, which kept their tokens. */
async function createOldWorld(rotates = true) {
  const scene = await createScene({ rotateRefreshTokens: rotates, reuseDetection: rotates })
  const rowOf = (user: string, reference: string) => {
    const { access_token, refresh_token } = scene.fake.install(user)
    const [company_id, user_id] = user.split(':').map(Number)
    const expires_at = Date.now() + hour - 60_000
    const api_domain = scene.env['PD_OAUTH_API_ORIGIN']
    return { reference, access_token, refresh_token, expires_at, api_domain, company_id, user_id }
  }
  const ada = rowOf('1001:11', 'ada')
  const dave = rowOf('1002:13', 'dave')
  const file = join(scene.home, 'tokens.jsonl')
  const write = (...rows: readonly object[]) =>
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'))
  const doImport = async (...flags: readonly string[]) => {
    const { code, stdout, stderr } = await scene.run(['import', file, ...flags])
    return { code, stdout, stderr }
  }
  const statusOf = async (id: string) => {
    const { code, stdout } = await scene.run(['status', id, '--json'])
    return code === 0 ? (JSON.parse(stdout) as { status: string; account: object }) : undefined
  }
  write(ada, dave)
  return { ...scene, ada, dave, write, doImport, statusOf }
}

const imported = (count: number) => expect.stringContaining(`${count} imported, `)

test.each([true, false])(
  'F90 a second import brings nobody back whose refresh token was refused, and says so (rotation: %s)',
  async (rotates) => {
    const { doImport, fake, run, statusOf } = await createOldWorld(rotates)
    expect(await doImport()).toMatchObject({ code: 0, stderr: imported(2) })
    await fake.uninstall('1002:13')
    expect((await run(['refresh', '1002:13'])).code).toBe(4)
    expect(await doImport()).toEqual({
      code: 0,
      stdout:
        'line 2 (1002:13, dave): Pipedrive has ended this grant. For an address to send to the user: pd-oauth reconnect-link 1002:13\n',
      stderr:
        '0 imported, 1 kept because the stored ones are as new or newer, 1 kept because Pipedrive has ended the grant, 0 failed.\n',
    })
    expect(await statusOf('1002:13')).toMatchObject({ status: 'reauthorization_required' })
    expect((await run(['status', '--attention'])).stdout).toContain('1002:13')
    const [first, second] = JSON.parse((await doImport('--json')).stdout) as object[]
    expect(first).toEqual({ place: 'line 1', reference: 'ada', outcome: 'kept', id: '1001:11' })
    expect(second).toMatchObject({ reference: 'dave', outcome: 'ended', id: '1002:13' })
  },
)

test('F90 import --verify stores nobody whom an uninstall has removed, and names the user', async () => {
  const { doImport, fake, run, statusOf } = await createOldWorld()
  expect(await doImport()).toMatchObject({ code: 0 })
  await run(['forget', '1002:13', '--yes'])
  await fake.uninstall('1002:13')
  const { code, stdout, stderr } = await doImport('--verify')
  expect([code, stderr]).toEqual([
    8,
    expect.stringContaining('0 imported, 1 kept because the stored ones are as new'),
  ])
  expect(stdout).toMatch(
    /^line 2 \(1002:13, dave\): .*\[reauthorization_required\]\. Nothing was stored; .* install link/,
  )
  expect(await statusOf('1002:13')).toBeUndefined()
})

test('F90 import --verify finds that a stored grant has ended, and leaves living ones alone', async () => {
  const { doImport, fake, run, statusOf } = await createOldWorld()
  await doImport()
  await fake.uninstall('1002:13')
  // The refresh token of the row has been replaced since: sending it would end the grant.
  await run(['refresh', '1001:11'])
  expect(await statusOf('1002:13')).toMatchObject({ status: 'active' })
  const { code, stdout } = await doImport('--verify')
  expect([code, stdout]).toEqual([
    8,
    expect.stringMatching(/^line 2 \(1002:13, dave\): .*pd-oauth reconnect-link 1002:13\n$/),
  ])
  expect(await statusOf('1002:13')).toMatchObject({ status: 'reauthorization_required' })
  fake.expectInstalled('1001:11')
  expect((await run(['api', 'GET', '/api/v1/users/me', '--installation', '1001:11'])).code).toBe(0)
})

test('F90 import --verify refuses ids that are not Pipedrive’s, naming both, and knows the names of the others', async () => {
  const { ada, dave, doImport, fake, statusOf, write } = await createOldWorld()
  write({ ...ada, company_id: 7, user_id: 1 }, dave)
  const { code, stdout, stderr } = await doImport('--verify')
  expect([code, stderr]).toEqual([8, imported(1)])
  expect(stdout).toMatch(
    /^line 1 \(7:1, ada\): account is 7:1, but Pipedrive says .* those of 1001:11\. The values of company_id and user_id .*rename/,
  )
  expect([await statusOf('7:1'), await statusOf('1001:11')]).toEqual([undefined, undefined])
  expect(await statusOf('1002:13')).toMatchObject({ account: { companyName: expect.any(String) } })
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])
})

test('F90 import --verify finds wrong ids that an earlier import has stored', async () => {
  const { ada, doImport, write } = await createOldWorld()
  write({ ...ada, company_id: 7, user_id: 1 })
  expect((await doImport()).stderr).toEqual(imported(1))
  const { code, stdout } = await doImport('--verify')
  expect([code, stdout]).toEqual([
    8,
    expect.stringMatching(/this is 1001:11, but it was imported as 7:1: .*pd-oauth forget 7:1\n$/),
  ])
})

test('F90 import --verify refreshes a token that has expired or was withdrawn', async () => {
  const { doImport, fake, run } = await createOldWorld()
  fake.expireAccessTokens('1001:11')
  fake.killAccessTokens('1002:13')
  expect(await doImport('--verify')).toMatchObject({ code: 0, stdout: '', stderr: imported(2) })
  for (const id of ['1001:11', '1002:13'])
    expect(fake.serverAccepts((await run(['token', id])).stdout.trim())).toBe(true)
})

test('--verify and --dry-run exclude each other', async () => {
  const { doImport } = await createOldWorld()
  expect(await doImport('--verify', '--dry-run')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not both'),
  })
})

test('F90 a dry run says which column is taken for what, what rows lack, and that it asked nothing', async () => {
  const { ada, dave, doImport, fake, write } = await createOldWorld()
  const { expires_at: _, api_domain: __, ...undated } = ada
  const { company_id: ___, user_id: ____, ...nameless } = dave
  write(undated, nameless, { refresh_token: 'alone', reference: 'bob' })
  const { code, stderr } = await doImport('--dry-run')
  expect([code, fake.calls]).toEqual([0, []])
  expect(stderr).toBe(`These columns are read:
  refresh_token: the refresh token
  access_token: the access token
  company_id and user_id: Pipedrive's own ids of the company and the user
  reference: your own name of the user
  expires_at: when the access token expires
  api_domain: the address of the API
Rows that lack something:
  1 without an access token: the import gets one from Pipedrive
  1 without a date of the tokens, as updated_at alone says nothing of them: the first use refreshes, and nothing that is stored is replaced
  1 without an api_domain: until the first refresh, calls go to api.pipedrive.com
  2 without ids: the import asks Pipedrive whose they are
3 can be imported, 0 cannot. Only the form was checked: Pipedrive was not asked, and nothing was written.
`)
})

/** The statements of the page about a table and about a JSON column. */
const [viewSql = '', jsonSql = ''] = blocksOf('coming-from/official-sdk', 'sql')

test('F90 a table whose user_id is the application’s own is refused by the name of the column; the printed view of it is imported', async () => {
  const { ada, dave, doImport, home, run, write } = await createOldWorld(false)
  const path = join(home, 'app.db')
  {
    using database = new DatabaseSync(path)
    database.exec(`CREATE TABLE users (id INTEGER, name TEXT);
      CREATE TABLE tokens (user_id INTEGER, access_token TEXT, refresh_token TEXT, expires_at INTEGER, api_domain TEXT, token TEXT)`)
    for (const [id, row] of [ada, dave].entries()) {
      database.prepare('INSERT INTO users VALUES (?, ?)').run(id + 1, row.reference)
      const { access_token, refresh_token, expires_at, api_domain = '' } = row
      const token = JSON.stringify({ access_token, refresh_token, expires_in: 3_599, api_domain })
      const insert = database.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?)')
      insert.run(id + 1, access_token, refresh_token, expires_at, api_domain, token)
    }
  }
  const refused = await run(['import', `sqlite:${path}`, '--table', 'tokens', '--dry-run'])
  expect([refused.code, refused.stdout]).toEqual([
    8,
    expect.stringMatching(
      /^row 1: its user_id stands alone: Pipedrive's own .*rename it, for example to reference: .* view/,
    ),
  ])
  using database = new DatabaseSync(path)
  database.exec(viewSql)
  const view = await run(['import', `sqlite:${path}`, '--table', 'pipedrive_rows'])
  expect(view).toMatchObject({ code: 0, stderr: imported(2) })
  const lines = database
    .prepare(jsonSql)
    .all()
    .flatMap((row) => Object.values(row).map(String))
  write(...lines.map((line) => JSON.parse(line) as object))
  const { stdout } = await doImport('--json')
  expect(JSON.parse(stdout)).toMatchObject([{ reference: 'ada' }, { reference: 'dave' }])
})
