import { expect, test } from 'vitest'
import { createScene } from './command-line.ts'

test('status prints a table of connected users, without colours in a pipe', async () => {
  const { connect, fake, run } = await createScene()
  const [ada, grace] = fake.users
  await connect(ada!.email)
  await connect(grace!.email)
  const { code, stdout, stderr } = await run(['status', '--scopes', 'base,projects:full'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [head, ...rows] = stdout.trimEnd().split('\n')
  expect(head).toMatch(/^ID +COMPANY +USER +STATUS +TOKEN EXPIRES +GRANT EXPIRES +MISSING SCOPES$/)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatch(
    new RegExp(
      `^${ada!.companyId}:${ada!.id} .*${ada!.name} +active +in \\d+ minutes +in 5\\d days +projects:full$`,
    ),
  )
  expect(stdout).not.toContain('\u001B')
})

test('status prints colours if FORCE_COLOR is set', async () => {
  const { connect, run } = await createScene()
  await connect()
  expect((await run(['status'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(
    '\u001B[32mactive\u001B[39m',
  )
})

test('status of one installation prints all details with dates', async () => {
  const { connect, fake, run } = await createScene()
  await connect()
  const { id, installedAt } = fake.installations()[0]!
  const { stdout } = await run(['status', id])
  expect(stdout).toMatch(new RegExp(`^id +${id}$`, 'm'))
  expect(stdout).toMatch(/^scopes +base, /m)
  const { stdout: json } = await run(['status', id, '--json'])
  const described = JSON.parse(json) as { installedAt: string; refreshTokenExpiresAt: string }
  expect(described).toMatchObject({ id, status: 'active', refreshes: 0 })
  expect(Math.abs(Date.parse(described.installedAt) - installedAt)).toBeLessThan(10_000)
  expect(described.refreshTokenExpiresAt).toMatch(/^\d{4}-\d\d-\d\dT/)
  expect(await run(['status', '7:7'])).toMatchObject({ code: 4, stdout: '' })
})

test('status without installations prints an empty list and says how to connect', async () => {
  const { run } = await createScene()
  expect(await run(['status'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('pd-oauth login'),
  })
  expect((await run(['status', '--json'])).stdout).toBe('[]\n')
})

test('a name from Pipedrive cannot control the terminal', async () => {
  const users = [{ id: 11, companyId: 1001, name: 'Eve\u001B[2J\u0007\u009B31m', email: 'eve@acme.example' }]
  const { connect, run } = await createScene({ users })
  await connect()
  for (const args of [['status'], ['status', '1001:11']]) {
    const { stdout } = await run(args)
    expect(stdout).toContain('Eve')
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  }
})

test('uninstall ends an installation at Pipedrive and in the store', async () => {
  const { connect, fake, run } = await createScene()
  await connect()
  const { id, refreshToken } = fake.installations()[0]!
  const asked = await run(['uninstall'])
  expect(asked).toMatchObject({ code: 2, stdout: '' })
  expect(asked.stderr).toContain('--yes')
  expect(fake.serverAccepts(refreshToken)).toBe(true)
  expect(await run(['uninstall', id, '--yes', '--json'])).toMatchObject({
    code: 0,
    stdout: `${JSON.stringify({ id, wasInstalled: true })}\n`,
  })
  expect(fake.serverAccepts(refreshToken)).toBe(false)
  expect(await run(['status', '--json'])).toMatchObject({ stdout: '[]\n' })
  expect(await run(['uninstall', id, '--yes'])).toMatchObject({
    code: 0,
    stderr: `There was no installation ${id}.\n`,
  })
})

test('F42 keep-alive says why it ended early, and what is left', async () => {
  const { connect, fake, run } = await createScene()
  for (const { email } of fake.users.slice(0, 2)) await connect(email)
  const headers = { 'retry-after': '3600' }
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 429, headers }, times: 9 })
  const { code, stderr } = await run(['keep-alive', '--within', '61', '--concurrency', '1'])
  expect(code).toBe(5)
  expect(stderr).toContain('0 refreshed, 0 skipped, 1 failed, 0 forgotten.')
  expect(stderr).toMatch(/2 still expire soon, the next on \d{4}-/)
  expect(stderr).toContain('because Pipedrive asks to wait. Run it again in 60 minutes.')
})

test.each([
  ['client_rejected', { fault: { type: 'status', status: 401, body: { error: 'invalid_client' } } }],
  ['request_rejected', { fault: { type: 'status', status: 400, body: { error: 'invalid_request' } } }],
] as const)('F42 keep-alive and refresh end with the same exit code on %s', async (name, { fault }) => {
  const { connect, fake, run } = await createScene()
  for (const { companyId, id } of fake.users) await connect(`${companyId}:${id}`)
  fake.faults.add({ endpoint: 'token', fault, times: 999 })
  const { code, stderr } = await run(['keep-alive', '--within', '61', '--concurrency', '1'])
  expect(stderr).toContain(`because every request failed: ${name}.`)
  expect((await run(['refresh', '1001:11'])).code).toBe(code)
})

test('F27 keep-alive refreshes grants that expire soon and prints the result of each', async () => {
  const { connect, fake, run } = await createScene()
  const [ada, grace] = fake.users
  await connect(ada!.email)
  await connect(grace!.email)
  expect(await run(['keep-alive'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '0 refreshed, 0 skipped, 0 failed, 0 forgotten.\n',
  })
  await fake.uninstall(grace!.email)
  const dry = await run(['keep-alive', '--within', '61', '--dry-run'])
  expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing was changed.') })
  expect(dry.stdout).toContain(`${ada!.companyId}:${ada!.id}  would be refreshed`)
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toEqual([])

  const { code, stdout } = await run(['keep-alive', '--within', '61', '--per-second', '50'])
  expect(code).toBe(8)
  expect(stdout.trim().split('\n').sort()).toEqual(
    [
      `${ada!.companyId}:${ada!.id}  refreshed`,
      `${grace!.companyId}:${grace!.id}  failed: reauthorization_required`,
    ].sort(),
  )
})
