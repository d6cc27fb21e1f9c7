/** Runs the commands of docs/guides exactly as printed, for an application with one customer. */
import { expect, test, vi } from 'vitest'
import { createScene } from './command-line.ts'
import { blocksOf, runShell } from './run-shell.ts'

// Each test starts a dozen processes, one after another.
vi.setConfig({ testTimeout: 300_000 })

function commands(page: string): string {
  return blocksOf(`guides/${page}`, 'sh').join('')
}

test('the commands of restoring-a-backup refresh every grant, and list whose is dead', async () => {
  const scene = await createScene()
  for (const user of ['1001:11', '1002:13']) await scene.connect(user)
  await scene.fake.uninstall('1002:13', { deliver: false })
  const { stdout, stderr } = await runShell(scene, commands('restoring-a-backup'), {}, false)
  expect(stdout).toContain('1001:11')
  expect(stderr).toMatch(/1 refreshed/)
  expect(stdout.slice(stdout.lastIndexOf('STATUS'))).toMatch(/1002:13/)
  expect(scene.fake.tokenRequests({ grantType: 'refresh_token' }).length).toBeGreaterThanOrEqual(2)
})

test('the commands of operating check the set-up and name nobody while all is well', async () => {
  const scene = await createScene()
  await scene.connect()
  const { stdout, stderr } = await runShell(scene, commands('operating'), {}, false)
  expect(stdout).toMatch(/✓ store/)
  expect(stderr).toContain('No installation needs attention.')
})

test('the command of rotating-secrets prints a secret that the client accepts', async () => {
  const scene = await createScene()
  const { stdout, code } = await runShell(scene, commands('rotating-secrets'))
  expect(code).toBe(0)
  await scene.connect()
  const ended = await scene.run(['status'], {
    env: { PD_OAUTH_SECRETS: `${stdout.trim()},${scene.secrets().at(-1)}` },
  })
  expect(ended.code).toBe(0)
})
