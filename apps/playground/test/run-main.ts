import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Creates a folder that exists until the test ends. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'playground-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Starts `demo` as a process with exactly this environment and a data folder of its own. */
export function startMain(flags: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...flags], {
    env: { PATH: process.env['PATH'], PLAYGROUND_DATA: temporaryFolder(), ...environment },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stdout)
        if (found) resolve(found)
      }
      child.stdout.on('data', look)
      ended.then(() => reject(new Error(`It ended without printing ${pattern}: ${stdout}${stderr}`)), reject)
      look()
    })
  return { child, ended, says }
}

/** Runs `demo` to its end. */
export function runMain(flags: readonly string[], environment: Readonly<Record<string, string>>) {
  return startMain(flags, environment).ended
}
