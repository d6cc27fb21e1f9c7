import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import pMap from 'p-map'

/** One compiler with its settings. */
interface Row {
  readonly compiler: 'typescript' | 'typescript-5.4' | 'typescript-5.6' | 'typescript-5.9' | 'typescript-6'
  readonly module: 'commonjs' | 'node16' | 'nodenext' | 'esnext' | 'preserve'
  readonly moduleResolution: 'node10' | 'node16' | 'nodenext' | 'bundler'
  /** Whether the programs are ES modules or CommonJS: TypeScript then reads the declarations of the one or the other. */
  readonly form: 'mts' | 'cts'
  /** Hono's own declarations need TypeScript 5.7. Before it, only ours are read where they are used. */
  readonly skipLibCheck?: true
}

const rows: readonly Row[] = [
  {
    compiler: 'typescript-5.4',
    module: 'commonjs',
    moduleResolution: 'node10',
    form: 'cts',
    skipLibCheck: true,
  },
  {
    compiler: 'typescript-5.4',
    module: 'node16',
    moduleResolution: 'node16',
    form: 'cts',
    skipLibCheck: true,
  },
  {
    compiler: 'typescript-5.4',
    module: 'esnext',
    moduleResolution: 'bundler',
    form: 'mts',
    skipLibCheck: true,
  },
  {
    compiler: 'typescript-5.6',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    form: 'mts',
    skipLibCheck: true,
  },
  { compiler: 'typescript-5.9', module: 'commonjs', moduleResolution: 'node10', form: 'cts' },
  { compiler: 'typescript-5.9', module: 'node16', moduleResolution: 'node16', form: 'cts' },
  { compiler: 'typescript-5.9', module: 'nodenext', moduleResolution: 'nodenext', form: 'mts' },
  { compiler: 'typescript-5.9', module: 'esnext', moduleResolution: 'bundler', form: 'mts' },
  { compiler: 'typescript-6', module: 'nodenext', moduleResolution: 'nodenext', form: 'cts' },
  { compiler: 'typescript-6', module: 'preserve', moduleResolution: 'bundler', form: 'mts' },
  { compiler: 'typescript', module: 'node16', moduleResolution: 'node16', form: 'cts' },
  { compiler: 'typescript', module: 'nodenext', moduleResolution: 'nodenext', form: 'mts' },
  { compiler: 'typescript', module: 'esnext', moduleResolution: 'bundler', form: 'mts' },
]

const settings =
  '--noEmit --strict --esModuleInterop --experimentalDecorators --emitDecoratorMetadata --exactOptionalPropertyTypes ' +
  '--noUncheckedIndexedAccess --target es2022 --lib es2023,dom,dom.iterable --types node'

const sources = fileURLToPath(new URL('compatibility', import.meta.url))
const require = createRequire(import.meta.url)

/**
 * Compiles programs that use the packages with each compiler and each way to find modules, the declarations of the packages
 * included, one for each processor at a time. `folder`: where the packages are installed. `names`: the programs. Resolves to
 * what the compilers said.
 */
export async function checkTypes(folder: string, names: readonly string[]): Promise<string[]> {
  for (const name of names)
    for (const extension of ['mts', 'cts'])
      copyFileSync(join(sources, `${name}.ts`), join(folder, `${name}.${extension}`))
  const said = await pMap(rows, (row) => compiled(folder, names, row), {
    concurrency: availableParallelism(),
  })
  return said.flat()
}

async function compiled(folder: string, names: readonly string[], row: Row): Promise<string[]> {
  const { compiler, module, moduleResolution, form, skipLibCheck = false } = row
  const files = names.map((name) => `${name}.${form}`)
  const places = `--module ${module} --moduleResolution ${moduleResolution} --skipLibCheck ${skipLibCheck}`
  // The application has a tsconfig.json of its own, which older compilers leave aside by themselves.
  const alone = compiler === 'typescript' || compiler === 'typescript-6' ? ' --ignoreConfig' : ''
  const options = `${settings} ${places}${alone}`.split(' ')
  const child = spawn(process.execPath, [compilerPath(compiler), ...options, ...files], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  const title = `${compiler}, module ${module}, moduleResolution ${moduleResolution}, ${files.join(' ')}`
  console.log(`${title}: ${child.exitCode === 0 ? 'compiles' : 'does not compile'}`)
  return child.exitCode === 0 ? [] : [`${title}:\n${output.slice(0, 2_000)}`]
}

function compilerPath(name: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'tsc')
}
