import type { InstallationId, PipedriveOAuth, PipedriveOAuthOptions } from '@pd/oauth-core'
import { PipedriveOAuthError } from '@pd/oauth-core'
import type { Scene } from '../scene/create-scene.ts'
import { severalAtOnce } from '../several-at-once.ts'
import type { Rest, SoakHistory } from './history.ts'
import { fingerprint } from './journal.ts'

/** Asks the store and the server what there is, when everything has come to rest. */
export async function lookAtRest(
  scene: Scene,
  history: Pick<SoakHistory, 'answers' | 'requests' | 'operations'>,
  secrets: PipedriveOAuthOptions['secrets'],
): Promise<Rest> {
  const { store } = scene.app
  const at = Date.now()
  const listed = (await store.list({ limit: 100_000 })).ids
  const listedForAttention = (await store.list({ attention: true, limit: 100_000 })).ids
  const due = (await store.due(Infinity, 100_000)).map(({ id }) => id)
  const attentionCount = await store.count?.({ attention: true })
  const dueCount = await store.count?.({ dueBefore: Infinity })
  const records: Rest['records'][number][] = []
  const stored = new Map<InstallationId, { dueAt?: number | undefined; attention?: boolean | undefined }>()
  for (const id of scene.ids) {
    const record = await store.get(id)
    if (record !== undefined) stored.set(id, { dueAt: record.dueAt, attention: record.attention })
  }
  const tokens = await storedTokens(scene, history, secrets, [...stored.keys()])
  const { oauth } = scene.another({ secrets, logger: false })
  await severalAtOnce([...stored], async ([id, facts]) => {
    records.push({ id, ...facts, token: tokens.get(id), serves: await lastingOutcome(oauth, scene, id) })
  })
  return { at, records, listed, listedForAttention, due, attentionCount, dueCount }
}

/** The access tokens in the records, read by a client whose clock shows when they were won, and which asks Pipedrive nothing. */
async function storedTokens(
  scene: Scene,
  { answers, requests, operations }: Pick<SoakHistory, 'answers' | 'requests' | 'operations'>,
  secrets: PipedriveOAuthOptions['secrets'],
  ids: readonly InstallationId[],
): Promise<ReadonlyMap<string, string>> {
  const idOf = new Map(requests.map(({ process, request, id }) => [`${process} ${request}`, id]))
  const wonAt = (id: InstallationId) =>
    Math.max(
      ...answers.flatMap(({ process, request, until }) =>
        idOf.get(`${process} ${request}`) === id ? until : [],
      ),
      ...operations.flatMap((operation) =>
        operation.id === id && operation.kind === 'adopt' ? (operation.until ?? []) : [],
      ),
    )
  let now = 0
  const { oauth } = scene.another({
    secrets,
    logger: false,
    clock: () => now,
    fetch: async () => Promise.reject(new Error('This client only looks')),
  })
  const tokens = new Map<string, string>()
  for (const id of ids) {
    now = wonAt(id)
    const token = await oauth
      .installation(id)
      .accessToken()
      .catch(() => undefined)
    if (token !== undefined) tokens.set(id, fingerprint(token))
  }
  return tokens
}

/** What a caller gets after the last cooldown: the owner of the token, as the API says, or the code of the error. */
async function lastingOutcome(oauth: PipedriveOAuth, { fake }: Scene, id: InstallationId): Promise<string> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const askedAt = Date.now()
    try {
      const owner = await ownerOf(fake, await oauth.installation(id).accessToken())
      // A token is valid for a moment at least. After that, it may have expired before the API saw it.
      if (
        owner !== undefined ||
        Date.now() - askedAt < oauth.policy.minimumValidityMs ||
        Date.now() > deadline
      )
        return owner ?? 'a token that the API refuses'
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      if (!error.retryable || Date.now() > deadline) return error.code
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? 100))
    }
  }
}

async function ownerOf(fake: Scene['fake'], token: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fake.fetch('https://api.pipedrive.com/v1/users/me', { headers })
  if (!response.ok) return undefined
  const { data } = (await response.json()) as { data: { id: number; company_id: number } }
  return `${data.company_id}:${data.id}`
}
