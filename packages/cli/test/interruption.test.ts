import { once } from 'node:events'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { Input } from '../src/input.ts'
import { createScene, startProgram } from './command-line.ts'

const expired = {
  endpoint: 'token',
  grantType: 'authorization_code',
  fault: { type: 'override', fields: { expires_in: 1 } },
} as const

test.each([
  { name: 'Ctrl-C', signals: ['SIGINT'], code: 130 },
  { name: 'SIGTERM', signals: ['SIGTERM'], code: 143 },
  { name: 'the end of its terminal', signals: ['SIGHUP', 'SIGHUP'], code: 143 },
  { name: 'a hangup and then SIGTERM', signals: ['SIGHUP', 'SIGTERM'], code: 143 },
  { name: 'SIGTERM and then a hangup', signals: ['SIGTERM', 'SIGHUP'], code: 143 },
] as const)(
  'F10 F96 a refresh in flight at $name is saved before the process ends',
  async ({ signals, code }) => {
    const { connect, env, fake, run } = await createScene({ rotateRefreshTokens: true })
    fake.faults.add(expired)
    await connect()
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
    const child = startProgram(['token'], { env })
    const ended = once(child, 'exit')
    let stdout = ''
    child.stdout.on('data', (part) => (stdout += String(part)))
    await gate.reached
    const [first, second] = signals
    child.kill(first)
    await heard(child.stderr, 'Saving and stopping')
    if (second !== undefined) child.kill(second)
    gate.release()
    expect(await ended).toEqual([code, null])
    expect(stdout).toBe('')
    expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject([
      { status: 'active', refreshes: 1 },
    ])
    expect(await run(['token'])).toMatchObject({ code: 0 })
    expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
  },
)

const full = '/dev/full'

test.runIf(process.platform === 'linux')(
  'F10 a refresh in flight is saved although a result could not be written, and the error is printed at the end',
  async () => {
    const { connect, env, fake, run } = await createScene({ rotateRefreshTokens: true })
    for (const user of ['1001:11', '1002:13']) await connect(user)
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
    const disk = openSync(full, 'w')
    onTestFinished(() => closeSync(disk))
    const child = startProgram(['keep-alive', '--within', '61'], { env, stdout: disk })
    const [stderr, ended] = [text(child.stderr), once(child, 'exit')]
    await gate.reached
    const refreshes = async () => {
      const rows = JSON.parse((await run(['status', '--json'])).stdout) as { refreshes: number }[]
      return rows.map((row) => row.refreshes).sort()
    }
    await expect.poll(refreshes, { timeout: 60_000 }).toEqual([0, 1])
    gate.release()
    expect([await ended, await stderr]).toEqual([
      [8, null],
      expect.stringMatching(
        /^2 refreshed[^]*\npd-oauth: The results could not be written to standard output: ENOSPC: .*\n$/,
      ),
    ])
    expect(await refreshes()).toEqual([1, 1])
  },
)

test('a second signal ends the process at once', async () => {
  const { connect, env, fake } = await createScene()
  fake.faults.add(expired)
  await connect()
  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const child = startProgram(['token'], { env })
  const ended = once(child, 'exit')
  await gate.reached
  child.kill('SIGTERM')
  await heard(child.stderr, 'Saving and stopping')
  child.kill('SIGTERM')
  expect(await ended).toEqual([143, null])
  gate.release()
})

test('Ctrl-C while a command waits for standard input leaves nothing behind', async () => {
  const { env, home } = await createScene()
  const child = startProgram(['exchange', '-'], { env })
  const ended = once(child, 'exit')
  await heard(child.stderr, 'Created a sealing secret')
  child.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(readdirSync(join(home, 'config', 'pd-oauth'))).toEqual(['secrets'])
})

test('a terminal that closes while it is asked gives no answer, and does not end the process', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const input = new Input(new AbortController().signal, stdin)
  const asked = expect(input.line('Code: ')).rejects.toThrow('No answer was given.')
  stdin.emit('error', new Error('setRawMode EIO'))
  await asked
})

async function heard(stream: Readable, words: string): Promise<void> {
  let said = ''
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    said += String(part)
    if (said.includes(words)) return
  }
  throw new Error(`The stream ended without "${words}":\n${said}`)
}
