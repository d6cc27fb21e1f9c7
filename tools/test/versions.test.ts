import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
}

/** Copies what `changeset version` reads and writes into a repository of its own, until the test ends. */
function createCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'versions-'))
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' })
  const files = git(
    root,
    'ls-files',
    '--cached',
    '*package.json',
    '.changeset',
    'pnpm-*.yaml',
    'packages/**/CHANGELOG.md',
  )
  for (const file of files.trim().split('\n')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  git(copy, 'init', '--quiet')
  git(copy, 'add', '.')
  git(
    copy,
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@example.com',
    'commit',
    '--quiet',
    '--message',
    'Copy',
  )
  return copy
}

test('`changeset version` makes 0.1.0 of every package, with a changelog of its own', () => {
  const copy = createCopy()
  const changeset = join(root, 'node_modules/@changesets/cli/bin.js')
  // At the end it lets pnpm write the lock file, which needs no network.
  execFileSync(process.execPath, [changeset, 'version'], {
    cwd: copy,
    env: { ...process.env, npm_config_offline: 'true' },
  })
  const published = globSync('packages/*/package.json', { cwd: copy })
    .map((path) => ({
      folder: dirname(path),
      manifest: JSON.parse(readFileSync(join(copy, path), 'utf8')) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
  expect(published).toHaveLength(11)
  for (const { folder, manifest } of published) {
    const { name, version } = manifest
    const changelog = readFileSync(join(copy, folder, 'CHANGELOG.md'), 'utf8')
    expect([name, version]).toEqual([name, '0.1.0'])
    expect(changelog).toMatch(new RegExp(`^# ${name}\\n\\n## 0\\.1\\.0\\n\\n### Minor Changes\\n\\n- \\S`))
  }
  expect(globSync('.changeset/*.md', { cwd: copy })).toEqual([])
})
