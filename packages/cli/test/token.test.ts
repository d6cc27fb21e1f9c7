import { expect, test } from 'vitest'
import { createScene } from './command-line.ts'

const expired = {
  endpoint: 'token',
  grantType: 'authorization_code',
  fault: { type: 'override', fields: { expires_in: 1 } },
} as const

test('token prints a valid access token, a line break and nothing else', async () => {
  const { fake, run, connect } = await createScene()
  await connect()
  const { code, stdout, stderr } = await run(['token'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(`${fake.installations()[0]!.accessTokens[0]}\n`)
})

test('F02 two token commands at the same time refresh an expired token with one request', async () => {
  const { fake, run, connect } = await createScene({ rotateRefreshTokens: true })
  fake.faults.add(expired)
  await connect()
  // Slower than the start of a process, so that both processes would refresh if they did not coordinate.
  fake.faults.add({ endpoint: 'token', grantType: 'refresh_token', fault: { type: 'slow', delayMs: 2_000 } })
  const [one, other] = await Promise.all([run(['token']), run(['token'])])
  expect([one.code, other.code]).toEqual([0, 0])
  expect(one.stdout).toBe(other.stdout)
  expect(fake.serverAccepts(one.stdout.trim())).toBe(true)
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
})

test('token without an installation says how to connect', async () => {
  const { run } = await createScene()
  const { code, stdout, stderr } = await run(['token'])
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toContain('[not_installed]')
  expect(stderr).toContain('pd-oauth login')
})

test('token lists several installations and takes the one that the user names', async () => {
  const { fake, run, connect } = await createScene()
  const [ada, grace] = fake.users
  await connect(ada!.email)
  await connect(grace!.email)
  const [one, other] = fake.installations()
  const { code, stdout, stderr } = await run(['token'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`--installation ${one!.id}   ${ada!.name}, `)
  expect(stderr).toContain(`--installation ${other!.id}   ${grace!.name}, `)

  const token = `${other!.accessTokens[0]}\n`
  expect(await run(['token', other!.id])).toMatchObject({ code: 0, stdout: token })
  expect(await run(['token', '--installation', other!.id])).toMatchObject({ code: 0, stdout: token })
  const env = { PD_OAUTH_INSTALLATION: other!.id }
  expect(await run(['token'], { env })).toMatchObject({ code: 0, stdout: token })
  expect(await run(['token', '7:7'])).toMatchObject({ code: 4, stdout: '' })
})

test('F17 a wrong client secret is a configuration error, and the installation stays', async () => {
  const { fake, run, connect } = await createScene()
  fake.faults.add(expired)
  await connect()
  const env = { PIPEDRIVE_CLIENT_SECRET: 'another-secret-than-the-right-one' }
  const wrong = await run(['token'], { env })
  expect(wrong).toMatchObject({ code: 3, stdout: '' })
  expect(wrong.stderr).toContain('[client_rejected]')
  expect(wrong.stderr).not.toContain(env.PIPEDRIVE_CLIENT_SECRET)
})

test('F15 an outage of Pipedrive has an exit code of its own, and the installation stays', async () => {
  const { fake, run, connect } = await createScene()
  fake.faults.add(expired)
  await connect()
  fake.faults.add({ endpoint: 'token', grantType: 'refresh_token', times: 10, fault: { type: 'html' } })
  const outage = await run(['token'])
  expect(outage).toMatchObject({ code: 5, stdout: '' })
  expect(outage.stderr).toContain('[token_endpoint_unavailable]')
  expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject([{ status: 'active' }])
})

test('token asks for a new login when Pipedrive has ended the grant', async () => {
  const { fake, run, connect } = await createScene()
  fake.faults.add(expired)
  await connect()
  await fake.uninstall()
  const { code, stderr } = await run(['token'])
  expect(code).toBe(4)
  expect(stderr).toContain('[reauthorization_required]')
  expect(stderr).toContain('pd-oauth login')
})
