/**
 * Writes a CommonJS copy of a package into `dist/cjs`, from the modules in `dist`: `node ../../tools/build-commonjs.ts` in
 * the folder of the package. Jest and other programs that cannot import load this copy.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'
import { entriesOf } from './packed/entries-of.ts'

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string
  readonly type?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifest = readManifest('package.json')
const target = join('dist', 'cjs')
rmSync(target, { recursive: true, force: true })

const bundle = await rolldown({
  input: Object.fromEntries(entriesOf(manifest).map(({ built }) => [built, join('dist', `${built}.js`)])),
  platform: 'node',
  external: (name, importer) => isBuiltin(name) || (isPackage(name) && !isPartOfCopy(name, importer ?? '')),
})
const { output } = await bundle.write({
  dir: target,
  format: 'cjs',
  // Jest runs no `import()`.
  dynamicImportInCjs: false,
  chunkFileNames: 'shared-[hash].js',
  sourcemap: true,
})
await bundle.close()

for (const path of globSync('**/*.d.ts', { cwd: 'dist', exclude: ['cjs'] })) {
  const declarations = readFileSync(join('dist', path), 'utf8')
  mkdirSync(dirname(join(target, path)), { recursive: true })
  writeFileSync(join(target, path), declarations.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
}
const held = new Set(
  output.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds.map(folderOfPackage) : [])),
)
const licenses = [...held]
  .filter((folder) => folder !== undefined)
  .toSorted()
  .map(licenseOf)
if (licenses.length > 0) writeFileSync(join(target, 'LICENSES.txt'), licenses.join('\n'))
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)

function isPackage(name: string): boolean {
  return !name.startsWith('.') && !isAbsolute(name)
}

/** Returns whether the copy holds a dependency: it has no form for `require()`, or another one that has none needs it. */
function isPartOfCopy(name: string, importer: string): boolean {
  const [owner = '', rest = ''] = name.split('/')
  const dependency = owner.startsWith('@') ? `${owner}/${rest}` : owner
  const isOwn = manifest.dependencies?.[dependency] !== undefined
  // Peers stay as they are, and so do our own packages, which have a copy for `require()` themselves.
  if (!isOwn || dependency.startsWith('@pd/')) return importer.includes('node_modules')
  const { type, exports } = readManifest(join('node_modules', dependency, 'package.json'))
  return type === 'module' && !JSON.stringify(exports ?? '').includes('"require"')
}

/** Returns the folder of the dependency that a module belongs to. */
function folderOfPackage(module: string): string | undefined {
  return /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll('\\', '/'))?.[0]
}

function licenseOf(folder: string): string {
  const { name, version, license } = readManifest(join(folder, 'package.json'))
  const [file] = globSync('LICEN[CS]E*', { cwd: folder })
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8')}`
  return `${name} ${version} (${license})\n${text}`
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}
