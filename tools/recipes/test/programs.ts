import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)

/** The environment of a build server, without any setting of the application. */
export const environment = { PATH: process.env['PATH'], NODE_ENV: 'production' }

/** Returns the path of a program in an installed package. */
export function programOf(name: string, path: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), path)
}

/** Runs a program until it ends. Rejects with what it printed if it fails. */
export async function run(command: readonly string[], folder: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, command, { cwd: folder, env: environment })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command.join(' ')} failed in ${folder}:\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** Compiles an application without output. `settings`: its `tsconfig.json`. */
export function checkTypes(folder: string, settings: string): Promise<void> {
  return run([programOf('typescript', 'bin/tsc'), '--noEmit', '-p', settings], folder)
}
