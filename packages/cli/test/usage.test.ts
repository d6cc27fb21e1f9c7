import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { exitCodeOf } from '../src/exit-code-of.ts'
import { ExitCode, exitCodeMeanings } from '../src/exit-code.ts'
import { createScene, startProgram } from './command-line.ts'

test.for([
  [['tokne'], "unknown command 'tokne'\n(Did you mean token?)"],
  [['status', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
  [['status', '--stor', 'memory:'], "unknown option '--stor'\n(Did you mean --store?)"],
  [['status', '--store'], "option '--store <url>' argument missing"],
  [['api', 'GET'], "missing required argument 'path'"],
  [['api', 'GTE', '/api/v2/deals'], 'It must be one of GET, POST, PUT, PATCH, DELETE, HEAD.'],
  [['token', '1'], 'It must be a company id and a user id, such as 123:456.'],
  [['token', '1:2', '3:4'], 'too many arguments'],
  [['fake', '--port', '65536'], 'It must be a whole number from 0 to 65535.'],
  [['keep-alive', '--within', '-1'], 'It must be a whole number of at least 0.'],
] as const)('%s is refused with the reason', async ([args, message]) => {
  const { run } = await createScene()
  const { code, stdout, stderr } = await run(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toContain('pd-oauth --help')
})

test.for([
  ['status', '--client-secrt=a-secret-value-of-the-app'],
  ['--', '--client-secret=a-secret-value-of-the-app'],
  ['--', 'status', '--json', '--client-secret=a-secret-value-of-the-app'],
])('F32 %s is refused without its value, which may be a secret under a misspelled name', async (args) => {
  const { run } = await createScene()
  const { code, stderr } = await run(args)
  expect(code).toBe(2)
  expect(stderr).toContain('--client-secr')
  expect(stderr).not.toContain('a-secret-value')
})

test('pd-oauth without a command prints the help and is wrong usage', async () => {
  const { run } = await createScene()
  const { code, stdout, stderr } = await run([])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Usage: pd-oauth')
})

test('--help goes to standard output, has no colours in a pipe, and names every exit code', async () => {
  const { run } = await createScene()
  const { code, stdout, stderr } = await run(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).not.toContain('\u001B')
  for (const meaning of Object.values(exitCodeMeanings)) expect(stdout).toContain(meaning)
})

test('the README and --help agree on the exit codes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const [code, meaning] of Object.entries(exitCodeMeanings))
    expect(readme).toMatch(
      new RegExp(`^\\| ${code} +\\| ${meaning.replaceAll(/[()]/g, String.raw`\$&`)} *\\|$`, 'm'),
    )
})

test('the README and --help name the same variables for each flag', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const { run } = await createScene()
  const help = (await run(['--help'])).stdout.replaceAll(/\n {10,}/g, ' ')
  const rows = [...readme.matchAll(/^\| `(--[\w-]+)` +\| (.*?) +\|/gm)]
  expect(rows.length).toBeGreaterThan(7)
  for (const [, flag = '', variables = ''] of rows) {
    const line = help.split('\n').find((text) => text.trimStart().startsWith(`${flag} `)) ?? ''
    const inReadme = [...variables.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    expect([flag, line.match(/\b[A-Z]+_[A-Z_]+\b/g)]).toEqual([flag, inReadme])
  }
})

test('--version prints the version of the package', async () => {
  const { run } = await createScene()
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('--help ends in order when the reader of its output stops', async () => {
  const { env } = await createScene()
  const child = startProgram(['--help'], { env })
  let stderr = ''
  child.stderr.on('data', (part) => (stderr += String(part)))
  child.stdout.destroy()
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('arguments that the library refuses are wrong usage', () => {
  expect(exitCodeOf(new InvalidArgumentError('keepAlive()', ['limit must be at least 1']))).toBe(
    ExitCode.usage,
  )
})
