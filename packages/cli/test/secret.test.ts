import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFile, replaceFile } from '../src/files/owner-only.ts'
import { createScene, type Scene } from './command-line.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777
const linesOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n')

function writeSecrets({ secretsFile }: Scene, content: string): void {
  mkdirSync(dirname(secretsFile), { recursive: true })
  writeFileSync(secretsFile, content, { mode: 0o600 })
}

test('the first use creates a sealing secret that only its owner can read', async () => {
  const { run, secretsFile, database } = await createScene()
  const first = await run(['status'])
  expect(first.code).toBe(0)
  expect(first.stderr).toContain(`Created a sealing secret in ${secretsFile}`)
  expect(linesOf(secretsFile)).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
  for (const file of [secretsFile, database])
    expect([modeOf(file), modeOf(dirname(file))]).toEqual([0o600, 0o700])
  expect((await run(['status'])).stderr).not.toContain('Made')
})

test('processes that create the secret at the same time all use the same one', async () => {
  const { run, secretsFile } = await createScene()
  const runs = await Promise.all(Array.from({ length: 6 }, () => run(['url'])))
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
  expect(runs.filter(({ stderr }) => stderr.includes('Created a sealing secret'))).toHaveLength(1)
  expect(linesOf(secretsFile)).toHaveLength(1)
  expect(readdirSync(dirname(secretsFile))).toEqual(['secrets'])
})

test.for([
  ['empty', ''],
  ['only comments', '# nothing here\n'],
  ['another file', '{ "some": "JSON that is longer than thirty-two characters" }\n'],
  ['cut short', 'abc\n'],
  ['not text', '\u0000\u0001\u0002'],
] as const)('a secrets file that is %s is an error and is not changed', async ([, content]) => {
  const scene = await createScene()
  writeSecrets(scene, content)
  for (const args of [['status'], ['secret', '--add']]) {
    const { code, stdout, stderr } = await scene.run(args)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain(scene.secretsFile)
    expect(stderr).toContain('--secrets-file')
  }
  expect(readFileSync(scene.secretsFile, 'utf8')).toBe(content)
  expect(readdirSync(dirname(scene.secretsFile))).toEqual(['secrets'])
})

test('a secrets file that is a folder is an error', async () => {
  const scene = await createScene()
  mkdirSync(scene.secretsFile, { recursive: true })
  const { code, stderr } = await scene.run(['status'])
  expect(code).toBe(3)
  expect(stderr).toContain(`${scene.secretsFile} is a folder, not a file.`)
})

test('secret prints a new secret each time', async () => {
  const { run } = await createScene()
  const [one, other] = await Promise.all([run(['secret']), run(['secret'])])
  expect(one).toEqual({ code: 0, stdout: expect.stringMatching(/^[\w-]{43}\n$/), stderr: '' })
  expect(one.stdout).not.toBe(other.stdout)
})

test('F29 secret --add puts a new secret first, and stored records stay readable', async () => {
  const { connect, run, secretsFile } = await createScene()
  await connect()
  const [first] = linesOf(secretsFile)
  expect(await run(['secret', '--add'])).toMatchObject({ code: 0, stdout: '' })
  expect(linesOf(secretsFile)).toEqual([expect.not.stringMatching(first!), first])
  expect(modeOf(secretsFile)).toBe(0o600)
  expect(await run(['token'])).toMatchObject({ code: 0 })

  writeFileSync(secretsFile, `${linesOf(secretsFile)[0]}\n`)
  const lost = await run(['token'])
  expect(lost).toMatchObject({ code: 6, stdout: '' })
  expect(lost.stderr).toContain('[unknown_key]')
  const listed = await run(['status', '--json'])
  expect(listed.code).toBe(6)
  expect(JSON.parse(listed.stdout)).toMatchObject([{ status: 'unreadable', error: { code: 'unknown_key' } }])
})

test('secrets that are added at the same time are all kept', async () => {
  const { run, secretsFile } = await createScene()
  await run(['secret', '--add'])
  const runs = await Promise.all(Array.from({ length: 6 }, () => run(['secret', '--add'])))
  const added = runs.filter(({ code }) => code === 0)
  expect(added.length).toBeGreaterThan(0)
  for (const { code, stderr } of runs) if (code !== 0) expect(stderr).toContain(`${secretsFile}.new exists`)
  expect(linesOf(secretsFile)).toHaveLength(1 + added.length)
  expect(readdirSync(dirname(secretsFile))).toEqual(['secrets'])
})

test('secret --add names the file that a killed secret --add left behind, and overwrites nothing', async () => {
  const scene = await createScene()
  await scene.run(['secret', '--add'])
  const before = linesOf(scene.secretsFile)
  writeFileSync(`${scene.secretsFile}.new`, 'half')
  const { code, stderr } = await scene.run(['secret', '--add'])
  expect(code).toBe(3)
  expect(stderr).toContain('delete that file and try again')
  expect(linesOf(scene.secretsFile)).toEqual(before)
})

test.runIf(process.platform === 'linux').each(['that exists', 'that does not exist yet'])(
  'secret --add through a link changes the target %s, on another file system too, and keeps the link',
  async (which) => {
    const { home, run } = await createScene()
    const folder = mkdtempSync('/dev/shm/pd-oauth-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [link, target] = [join(home, 'link'), join(folder, 'target')]
    expect(statSync(folder).dev).not.toBe(statSync(home).dev)
    if (which === 'that exists') await run(['secret', '--add', '--secrets-file', target])
    symlinkSync(target, link)
    const before = which === 'that exists' ? 1 : 0
    expect(await run(['secret', '--add', '--secrets-file', link])).toMatchObject({ code: 0 })
    expect([readlinkSync(link), linesOf(target).length]).toEqual([target, before + 1])
    expect([readdirSync(folder), readdirSync(home)]).toEqual([['target'], ['link']])

    writeFileSync(`${target}.new`, '')
    const second = await run(['secret', '--add', '--secrets-file', link])
    expect([second.code, second.stderr]).toEqual([3, expect.stringContaining(`${target}.new exists`)])
  },
)

test.runIf(process.platform !== 'win32')(
  'replaceFile and createFile follow a link, and create its target',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'links-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const at = (name: string) => join(folder, name)
    symlinkSync('real', at('one'))
    symlinkSync('one', at('two'))
    expect([createFile(at('two'), 'first'), createFile(at('one'), 'second')]).toEqual([true, false])
    replaceFile(at('two'), 'third')
    expect([readFileSync(at('real'), 'utf8'), readlinkSync(at('one')), readlinkSync(at('two'))]).toEqual([
      'third',
      'real',
      'one',
    ])
  },
)

test.runIf(process.platform !== 'win32').each([
  {
    name: 'a link in a folder behind a link',
    path: 'folder/secrets',
    link: 'deep/real/secrets',
    to: '../target',
  },
  { name: 'a link through a folder behind a link', path: 'secrets', link: 'secrets', to: 'folder/../target' },
  { name: 'a link into a missing folder', path: 'secrets', link: 'secrets', to: 'folder/../missing/target' },
  {
    name: 'a link into a folder behind a dangling link',
    path: 'secrets',
    link: 'secrets',
    to: 'dangling/target',
  },
])('createFile and replaceFile write where the system would: $name', ({ path, link, to }) => {
  const folder = mkdtempSync(join(tmpdir(), 'links-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  mkdirSync(at('deep/real'), { recursive: true })
  symlinkSync('deep/real', at('folder'))
  symlinkSync('folder/../absent', at('dangling'))
  symlinkSync(to, at(link))
  expect(createFile(at(path), 'first')).toBe(true)
  expect(readFileSync(at(path), 'utf8')).toBe('first')
  const written = realpathSync.native(at(link))
  expect(written.startsWith(realpathSync(at('deep')))).toBe(true)
  unlinkSync(written)
  replaceFile(at(path), 'second')
  expect(readFileSync(at(path), 'utf8')).toBe('second')
  expect(lstatSync(at(path)).isSymbolicLink()).toBe(true)
})

test('with PD_OAUTH_SECRETS no secrets file is created', async () => {
  const { connect, run, secretsFile } = await createScene()
  const env = {
    PD_OAUTH_SECRETS: 'newest-for-tests-0123456789-0123456789,older-for-tests-0123456789-0123456789',
  }
  expect(await run(['status'], { env })).toMatchObject({ code: 0 })
  expect(() => statSync(secretsFile)).toThrow('ENOENT')
  expect((await run(['secret', '--add'], { env })).stderr).toContain('PD_OAUTH_SECRETS')
  await connect()
  expect(await run(['token'], { env })).toMatchObject({ code: 6, stdout: '' })
})

test('a secrets file in a folder that cannot be created is an error that names it', async () => {
  const { home, run } = await createScene()
  writeFileSync(join(home, 'config'), 'a file where a folder should be')
  chmodSync(join(home, 'config'), 0o600)
  const { code, stdout, stderr } = await run(['status'])
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain(join(home, 'config'))
})
