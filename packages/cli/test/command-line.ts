import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { freePort } from '@pd/test-support/free-port'
import { expect, onTestFinished } from 'vitest'

/** What `bundle-program.ts` makes of `src/main.ts`. */
export const program = fileURLToPath(new URL('../.program/main.js', import.meta.url))

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The content of standard input. Default: nothing. */
  readonly input?: string | Uint8Array
  readonly cwd?: string
}

export interface StartOptions extends RunOptions {
  /** The descriptor of a file to which standard output is written. Default: a pipe. */
  readonly stdout?: number
}

/** A user's machine on which `pd-oauth` has not run yet, and a fake Pipedrive on a socket. */
export interface Scene {
  readonly fake: FakePipedrive
  readonly home: string
  readonly redirectUri: string
  /** The environment of every command. It configures the app; everything else has its default. */
  readonly env: Readonly<Record<string, string>>
  readonly configFile: string
  readonly secretsFile: string
  readonly database: string
  /** Runs `pd-oauth` in pipes. Fails the test if a command prints a secret that it must not print. */
  run(args: readonly string[], options?: RunOptions): Promise<Run>
  /** Connects a user with `url` and `exchange`. */
  connect(user?: string): Promise<void>
  /** Returns all current secrets. No command may print one. */
  secrets(): string[]
}

/**
 * Creates a scene, which ends with the test.
 * @param options for the fake
 */
export async function createScene(options: FakePipedriveOptions = {}): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'pd-oauth-cli-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const fake = createFakePipedrive({
    clientSecret: 'the-secret-of-the-app-0123456789',
    redirectUri,
    ...options,
  })
  const { origin } = await fake.listen()
  onTestFinished(() => fake.close())
  const secretsFile = join(home, 'config', 'pd-oauth', 'secrets')
  const env = {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    PIPEDRIVE_CLIENT_ID: fake.app.clientId,
    PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
    PIPEDRIVE_REDIRECT_URI: redirectUri,
    PD_OAUTH_OAUTH_ORIGIN: origin,
    PD_OAUTH_API_ORIGIN: origin,
  }

  const secrets = () => {
    const tokens = fake.installations().map(({ refreshToken, accessTokens }) => [refreshToken, accessTokens])
    const sent = fake.calls.map(({ code, refreshToken, accessToken }) => [code, refreshToken, accessToken])
    const hasFile = statSync(secretsFile, { throwIfNoEntry: false })?.isFile()
    const sealing = hasFile ? readFileSync(secretsFile, 'utf8').split('\n') : []
    return [fake.app.clientSecret, tokens, sent, sealing]
      .flat(3)
      .filter((secret) => secret !== undefined)
      .filter((secret) => secret.length > 8)
  }

  const run = async (args: readonly string[], options: RunOptions = {}) => {
    const ended = await runProgram(args, { ...options, env: { ...env, ...options.env } })
    const mayShow = args.some((arg) => ['token', 'secret', 'url'].includes(arg))
    expectNoSecret(mayShow ? ended.stderr : ended.stdout + ended.stderr, secrets())
    return ended
  }

  const connect = async (user?: string) => {
    const begun = await run(['url'])
    const callback = await fake.approve(begun.stdout.trim(), { user })
    const ended = await run(['exchange', '-'], { input: callback })
    expect(ended).toMatchObject({ code: 0 })
  }

  return {
    fake,
    home,
    redirectUri,
    env,
    configFile: join(home, 'config', 'pd-oauth', 'config.json'),
    secretsFile,
    database: join(home, 'data', 'pd-oauth', 'installations.db'),
    run,
    connect,
    secrets,
  }
}

/** Fails if the text holds a secret. Every test calls it for everything that its commands print (F32). */
export function expectNoSecret(printed: string, secrets: readonly string[]): void {
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), btoa(secret)])
      if (printed.includes(form)) expect.fail(`A secret was printed:\n${printed}`)
}

/** Runs `pd-oauth` in pipes, in exactly this environment. */
export async function runProgram(args: readonly string[], options: RunOptions): Promise<Run> {
  const child = startProgram(args, options)
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, stdout, stderr }
}

/** Starts `pd-oauth`. The process is killed when the test ends. */
export function startProgram(args: readonly string[], { env, cwd, stdout }: StartOptions) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...env },
    cwd,
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
  }) as ChildProcessWithoutNullStreams
  // The process may end before it has read its input.
  child.stdin.on('error', () => {})
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
