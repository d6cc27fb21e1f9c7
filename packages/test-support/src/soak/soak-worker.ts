import { openApp, type AppSetup } from '../scene/app.ts'
import type { StoreOpener } from '../scene/store-opener.ts'
import { serveTasks } from '../serve-tasks.ts'
import { fingerprint, Journal } from './journal.ts'
import { soakTasks, type SoakApp } from './operations.ts'

/** What a process of a soak is started with. */
export interface SoakWorkerSetup extends AppSetup {
  /** The module whose export `opener` opens the store. */
  readonly module: string
  readonly address: unknown
  readonly secrets: readonly string[]
  readonly process: number
  /** The file of its journal. */
  readonly journal: string
}

/** The program of one process of a soak. Each token request says in its URL who sent it, and when. */
const setup = JSON.parse(process.env['WORKER'] ?? '') as SoakWorkerSetup
const { opener } = (await import(setup.module)) as { opener: StoreOpener<unknown> }
const journal = new Journal(setup.journal)
let requests = 0

const recorded: typeof fetch = async (url, init) => {
  if (!String(url).endsWith('/oauth/token')) return fetch(url, init)
  const request = ++requests
  const from = Date.now()
  const response = await fetch(
    `${String(url)}?process=${setup.process}&request=${request}&sentAt=${from}`,
    init,
  )
  const text = await response.text()
  const token = accessTokenIn(text)
  if (response.ok && token !== undefined)
    journal.answer({ process: setup.process, request, from, until: Date.now(), token: fingerprint(token) })
  const { status, headers } = response
  return new Response(text, { status, headers })
}

const { oauth, store } = openApp(opener.open(setup.address), setup, {
  fetch: recorded,
  secrets: setup.secrets,
  logger: false,
})
// Connects before the first task.
await store.get('1:1').catch(() => {})
serveTasks(soakTasks, { oauth, process: setup.process, origin: setup.origin, journal } satisfies SoakApp)

function accessTokenIn(text: string): string | undefined {
  try {
    const { access_token: token } = JSON.parse(text) as { access_token?: string }
    return token
  } catch {
    return undefined
  }
}
