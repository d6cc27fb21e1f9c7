import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createScene, startProgram } from './command-line.ts'

const expired = {
  endpoint: 'token',
  grantType: 'authorization_code',
  fault: { type: 'override', fields: { expires_in: 1 } },
} as const

test('F10 a refresh in flight at Ctrl-C is saved before the process ends', async () => {
  const { connect, env, fake, run } = await createScene({ rotateRefreshTokens: true })
  fake.faults.add(expired)
  await connect()
  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const child = startProgram(['token'], { env })
  const ended = once(child, 'exit')
  let stdout = ''
  child.stdout.on('data', (part) => (stdout += String(part)))
  await gate.reached
  child.kill('SIGINT')
  await heard(child.stderr, 'Saving and stopping')
  gate.release()
  expect(await ended).toEqual([130, null])
  expect(stdout).toBe('')
  expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject([
    { status: 'active', refreshes: 1 },
  ])
  expect(await run(['token'])).toMatchObject({ code: 0 })
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
})

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

async function heard(stream: Readable, words: string): Promise<void> {
  let said = ''
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    said += String(part)
    if (said.includes(words)) return
  }
  throw new Error(`The stream ended without "${words}":\n${said}`)
}
