/** Packs every public package for its release: `pnpm release:pack <folder>`. Fails while `owner.json` is empty. */
import { resolve } from 'node:path'
import { ownerProblems, readOwner } from './owner.ts'
import { packPackages } from './pack-packages.ts'

const [folder] = process.argv.slice(2)
const owner = readOwner()
const problems = [
  ...(folder === undefined ? ['Say into which folder: pnpm release:pack <folder>'] : []),
  ...ownerProblems(owner),
]
for (const problem of problems) console.error(problem)
if (folder === undefined || problems.length > 0) process.exitCode = 1
else for (const { tarball } of packPackages(resolve(folder), owner)) console.log(tarball)
