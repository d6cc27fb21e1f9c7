import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import * as esbuild from 'esbuild'
import { rollup } from 'rollup'
import * as vite from 'vite'
import webpack from 'webpack'

/** Makes one file of the program `entry`, with its dependencies. */
interface Bundler {
  readonly title: string
  readonly file: string
  bundle(entry: string, file: string): Promise<unknown>
}

const bundlers: readonly Bundler[] = [
  {
    title: 'esbuild, modules',
    file: 'esbuild.mjs',
    bundle: (entry, file) => bundleByEsbuild(entry, file, { format: 'esm' }),
  },
  {
    title: 'esbuild, minified',
    file: 'minified.mjs',
    bundle: (entry, file) => bundleByEsbuild(entry, file, { format: 'esm', minify: true }),
  },
  {
    title: 'esbuild, CommonJS from the copies for require()',
    file: 'esbuild.cjs',
    bundle: (entry, file) => bundleByEsbuild(entry, file, { format: 'cjs', conditions: ['require'] }),
  },
  {
    title: 'rollup',
    file: 'rollup.mjs',
    async bundle(entry, file) {
      const made = await rollup({
        input: entry,
        plugins: [nodeResolve({ exportConditions: ['node'] })],
        onwarn() {},
      })
      await made.write({ file, format: 'esm', inlineDynamicImports: true })
    },
  },
  {
    title: 'vite',
    file: 'vite.mjs',
    bundle: (entry, file) =>
      vite.build({
        root: dirname(entry),
        configFile: false,
        logLevel: 'error',
        ssr: { noExternal: true },
        build: {
          ssr: entry,
          outDir: dirname(file),
          emptyOutDir: false,
          rolldownOptions: { output: { entryFileNames: 'vite.mjs' } },
        },
      }),
  },
  {
    title: 'webpack',
    file: 'webpack.cjs',
    bundle: (entry, file) =>
      new Promise((resolve, reject) => {
        const output = { path: dirname(file), filename: 'webpack.cjs' }
        webpack({ mode: 'production', target: 'node', entry, output }, (error, stats) => {
          if (error === null && stats?.hasErrors() !== true) resolve(stats)
          else reject(error ?? new Error(stats?.toString('errors-only')))
        })
      }),
  },
]

const program = fileURLToPath(new URL('compatibility/program.js', import.meta.url))
const expected = JSON.stringify({ deals: true, status: 302, isRecognized: true, health: 'ok' })

/**
 * Bundles a program that refreshes a token with each bundler, and runs it. `folder`: where the packages are installed.
 * Returns what went wrong.
 */
export async function checkBundlers(folder: string): Promise<string[]> {
  const entry = join(folder, 'program.js')
  const output = join(folder, 'bundled')
  copyFileSync(program, entry)
  mkdirSync(output)
  const problems: string[] = []
  for (const { title, file, bundle } of bundlers)
    try {
      await bundle(entry, join(output, file))
      const printed = execFileSync(process.execPath, [join(output, file)], { cwd: output, encoding: 'utf8' })
      if (printed.trim() !== expected) throw new Error(`the program printed ${printed}`)
      console.log(`${title}: bundles, and the program runs`)
    } catch (error) {
      problems.push(`${title}: ${String(error)}`)
    }
  return problems
}

function bundleByEsbuild(entry: string, file: string, options: esbuild.BuildOptions): Promise<unknown> {
  return esbuild.build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'node', ...options })
}
