/**
 * Packs every public package as it would be published, and checks the tarballs: publint, are-the-types-wrong, and that
 * nothing is in them that should not be. Exits non-zero when one is not fit to publish. Needs `pnpm build` first.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'packed-'))
const problems: string[] = []

for (const name of readdirSync(packages)) {
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
  if (manifest.private) continue
  const tarball = pack(join(packages, name))
  check(manifest.name, 'publint', ['run', tarball, '--strict'])
  if (manifest.exports !== undefined) check(manifest.name, 'attw', [tarball, '--profile', 'esm-only'])
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
  for (const needed of ['package.json', 'README.md', 'LICENSE', ...entries(manifest)])
    if (!files.includes(join('package', needed)))
      problems.push(`${manifest.name}: ${needed} is missing from the tarball`)
  for (const file of files)
    if (/\.test\.|tsbuildinfo|\/test\/|\.env/.test(file))
      problems.push(`${manifest.name}: ${file} is in the tarball`)
  console.log(`${manifest.name}: ${files.length} files`)
}

rmSync(folder, { recursive: true })
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

/** What is imported or run first. */
function entries({
  exports,
  publishConfig,
}: {
  exports?: object
  publishConfig: { bin?: object }
}): string[] {
  return [...(exports === undefined ? [] : ['dist/index.js']), ...Object.values(publishConfig.bin ?? {})]
}

function pack(cwd: string): string {
  const printed = execFileSync('pnpm', ['pack', '--json', '--pack-destination', folder], {
    cwd,
    encoding: 'utf8',
  })
  return JSON.parse(printed).filename
}

function check(name: string, command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) problems.push(`${name}: ${command} found:\n${stdout}${stderr}`)
}
