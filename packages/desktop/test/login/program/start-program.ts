import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { LoginOptions } from '../../../src/index.ts'
import { sealingSecret, type startDesktop } from '../desktop.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

/** Starts the program, at a terminal of its own or with pipes. */
export function startProgram(
  { fake, origin, redirectUri }: Awaited<ReturnType<typeof startDesktop>>,
  options: LoginOptions,
  { terminal, environment = {} }: { readonly terminal: boolean; readonly environment?: NodeJS.ProcessEnv },
) {
  const client = {
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri,
    secrets: [sealingSecret],
    endpoints: { oauth: origin, api: origin },
  }
  const env = { ...process.env, SETUP: JSON.stringify({ client, options }), ...environment }
  const child = terminal
    ? spawn('script', ['-qefc', `'${process.execPath}' '${program}'`, '/dev/null'], { env })
    : spawn(process.execPath, [program], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += String(chunk)
  })
  const errors = text(child.stderr)
  const ended = once(child, 'close').then(async ([code]) => ({
    code: code as number,
    shown,
    errors: await errors,
  }))
  return {
    ended,
    type: (line: string) => child.stdin.write(line),
    /** Resolves once the program has shown something that fits. */
    async shows(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(shown)
        if (match !== null) return match
        await once(child.stdout, 'data')
      }
    },
  }
}
