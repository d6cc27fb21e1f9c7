/**
 * Packs every public package as it would be published, checks the tarballs, installs them into an empty folder and uses
 * them there with every Node that the packages promise. Exits non-zero when one is not fit to publish. Needs `pnpm build`
 * first.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { checkBundlers } from './check-bundlers.ts'
import { checkTypes } from './check-types.ts'
import { installPacked } from './install-packed.ts'
import { oldNodeProblems } from './old-node.ts'
import { ownerProblems, readOwner, standIn } from './owner.ts'
import { packPackages, type Packed } from './pack-packages.ts'
import { relativeLinks } from './published-readme.ts'
import { tryApplications } from './try-applications.ts'

const nodeNamed = (name: string) =>
  fileURLToPath(new URL(`../nodes/node_modules/${name}/bin/node`, import.meta.url))
const nodes = ['node22', 'node26'].map(nodeNamed)
const owner = readOwner()
const folder = mkdtempSync(join(tmpdir(), 'packed-'))
const problems: string[] = []

const packages = packPackages(folder, ownerProblems(owner).length === 0 ? owner : standIn)
for (const packed of packages) {
  const found = [
    ...(await packagingProblems(packed)),
    ...(await typeProblems(packed)),
    ...fileProblems(packed),
  ]
  problems.push(...found.map((problem) => `${packed.name}: ${problem}`))
}
if (problems.length === 0) {
  const installed = installPacked(join(folder, 'installed'), packages)
  for (const node of [process.execPath, ...nodes])
    for (const smoke of ['smoke.ts', 'smoke.cjs'])
      console.log(execFileSync(node, [smoke], { cwd: installed, encoding: 'utf8' }).trim())
  problems.push(...oldNodeProblems(nodeNamed('node20'), installed))
  problems.push(...(await checkTypes(installed, ['every-package', 'hono'])))
  problems.push(...(await checkBundlers(installed)))
  problems.push(...(await tryApplications(folder, packages)))
  problems.push(...(await checkTypes(join(folder, 'nest-11'), ['nest'])))
}

rmSync(folder, { recursive: true })
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

async function packagingProblems({ tarball, manifest }: Packed): Promise<string[]> {
  const { messages } = await publint({ pack: { tarball: bytesOf(tarball).buffer }, strict: true })
  return messages.map(
    (message) => `publint: ${formatMessage(message, manifest, { color: false }) ?? message.code}`,
  )
}

async function typeProblems({ tarball, manifest }: Packed): Promise<string[]> {
  if (manifest.exports === undefined) return []
  const result = await checkPackage(createPackageFromTarballData(bytesOf(tarball)))
  if (!result.types) return ['has no types']
  return result.problems.map((problem) => `are the types wrong: ${JSON.stringify(problem)}`)
}

function fileProblems({ name, tarball, manifest }: Packed): string[] {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
  const readme = execFileSync('tar', ['-xzOf', tarball, 'package/README.md'], { encoding: 'utf8' })
  const needed = [
    'package.json',
    'README.md',
    'LICENSE',
    ...(manifest.exports === undefined ? [] : ['dist/index.js']),
    ...Object.values(manifest.bin ?? {}),
  ]
  console.log(`${name}: ${files.length} files`)
  return [
    ...needed.filter((file) => !files.includes(join('package', file))).map((file) => `${file} is missing`),
    ...files
      .filter((file) => /\.test\.|tsbuildinfo|\/test\/|\.env/.test(file))
      .map((file) => `${file} is in it`),
    ...relativeLinks(readme).map((url) => `README.md links to ${url}, which is not in it`),
  ]
}

function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path))
}
