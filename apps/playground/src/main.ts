import { ConfigurationError } from '@pd/oauth-core'
import { once } from './once.ts'
import { serve } from './serve.ts'
import { readSettings, usage, type Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'

try {
  const settings = readSettings(process.argv.slice(2), process.env)
  if (settings === undefined) console.log(usage)
  else if (settings.once) process.exitCode = (await once(settings.secrets)) ? 0 : 1
  else await serveUntilStopped(settings)
} catch (error) {
  const isExplained = error instanceof UsageError || error instanceof ConfigurationError
  console.error(isExplained ? error.message : error)
  process.exitCode = 1
}

async function serveUntilStopped(settings: Settings): Promise<void> {
  const playground = await serve(settings)
  const { controls } = playground.pipedrive
  console.log(`
  Open  ${playground.origin}

  ${controls === undefined ? 'Pipedrive: the real service' : `Pipedrive: a fake one, on ${controls.origin}`}
  Ctrl+C ends the demo.
`)
  const stop = () => void playground.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
