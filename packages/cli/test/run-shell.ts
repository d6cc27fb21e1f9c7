import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { expectNoSecret, program, type Run, type Scene } from './command-line.ts'

/** Returns the blocks of this language on a page of `docs`. */
export function blocksOf(page: string, language: string): string[] {
  const document = readFileSync(new URL(`../../../docs/${page}.md`, import.meta.url), 'utf8')
  const blocks = document.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))
  return [...blocks].map(([, code = '']) => code)
}

/**
 * Runs commands in a shell, in which `pd-oauth` and `node` are those of this repository. Ends at the first command that fails if
 * `isStrict`. Fails the test if a secret is printed that no command may print.
 */
export async function runShell(
  scene: Scene,
  script: string,
  env: Readonly<Record<string, string>> = {},
  isStrict = true,
): Promise<Run> {
  const bin = join(scene.home, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'pd-oauth'), `#!/bin/sh\nexec node '${program}' "$@"\n`)
  chmodSync(join(bin, 'pd-oauth'), 0o755)
  const path = [bin, dirname(process.execPath), scene.env['PATH']].join(':')
  const strict = isStrict ? ['-euo', 'pipefail'] : []
  const shell = spawn('bash', ['--norc', ...strict, '-c', script], {
    cwd: scene.home,
    env: { ...scene.env, ...env, PATH: path },
  })
  onTestFinished(() => void shell.kill('SIGKILL'))
  shell.stdin.end()
  const [stdout, stderr, [code]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, 'exit'),
  ])
  expectNoSecret(stdout + stderr, scene.secrets())
  return { code, stdout, stderr }
}
