import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Packed } from './pack-packages.ts'
import { installWith } from './install-packed.ts'
import { statusOf } from './status-of.ts'

const applications = fileURLToPath(new URL('applications', import.meta.url))
const shell = process.platform === 'win32'

/**
 * Installs the packages into each folder of `applications`, whose settings are those that the framework's own generator
 * writes, then runs its tests, builds it and starts it. Returns what went wrong.
 */
export async function tryApplications(folder: string, packages: readonly Packed[]): Promise<string[]> {
  const problems: string[] = []
  for (const name of readdirSync(applications)) {
    const application = join(folder, name)
    cpSync(join(applications, name), application, { recursive: true })
    const path = join(application, 'package.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    installWith(application, manifest, packages)
    try {
      for (const script of ['test', 'test:e2e', 'build']) run(application, script)
      await start(application)
      console.log(`${name}: tested, compiled and started`)
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      problems.push(`${name}: ${String(error)}\n${stdout}${stderr}`)
    }
  }
  return problems
}

function run(cwd: string, script: string): void {
  execFileSync('pnpm', ['run', script], { cwd, encoding: 'utf8', stdio: 'pipe', shell })
}

/** Starts the application and waits until a page of it asks for a session. */
async function start(cwd: string): Promise<void> {
  const env = { PD_OAUTH_SECRETS: 'a-secret-of-this-application-0123456789' }
  const status = await statusOf('/deals', ['dist/main'], { cwd, env })
  if (status !== 401) throw new Error(`/deals was answered with ${status}`)
}
