import { ApiError } from '../../errors.ts'
import type { InstallationId } from '../../machine/account.ts'
import { aCount, aSignal, checkOptions, type Rule, type Rules } from '../runtime/check-options.ts'
import type { ApiClient } from './api-client.ts'

/** The options of `installation.pages()`. */
export interface PagesOptions {
  /** How many items a page has at most, at least 1. Pipedrive allows up to 500. Default: Pipedrive's, 100. */
  readonly limit?: number | undefined
  /** Further parameters of the address, such as filters. Default: none. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  /** Headers of each request. Default: none. */
  readonly headers?: HeadersInit | undefined
  /** Ends the iteration with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** One page, as Pipedrive answered it. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly additional_data?: unknown
  /** Version 1: the users, organizations and persons that the items name. */
  readonly related_objects?: unknown
}

const anObject: Rule = [(value) => typeof value === 'object' && value !== null, 'an object']
const rules: Rules<PagesOptions> = { limit: aCount, query: anObject, headers: anObject, signal: aSignal }

/** Where a page begins: a cursor of version 2, or a number of version 1. */
type Position = { readonly cursor: string } | { readonly start: number }

/**
 * Yields page after page, by `next_cursor` of version 2 and by `next_start` of version 1.
 * @see [Pipedrive: pagination](https://pipedrive.readme.io/docs/core-api-concepts-pagination)
 */
export async function* pages<Item>(
  api: ApiClient,
  path: string,
  options: PagesOptions = {},
  installationId?: InstallationId,
): AsyncGenerator<Page<Item>> {
  checkOptions('pages()', options, rules)
  const { limit, query, headers, signal } = options
  const seen = new Set<string>()
  let position: Position | undefined
  do {
    const page: unknown = await api<unknown>(path, {
      query: { ...query, ...(limit !== undefined && { limit }), ...position },
      ...(headers !== undefined && { headers }),
      ...(signal !== undefined && { signal }),
    })
    if (!isPage<Item>(page)) throw new ApiError({ message: notPage, installationId })
    yield { ...page, data: page.data ?? [] }
    position = positionAfter(page.additional_data)
    const key = JSON.stringify(position)
    if (position !== undefined && seen.has(key))
      throw new TypeError('The API named a page again that it had given before, so the pages would never end')
    seen.add(key)
  } while (position !== undefined)
}

const notPage =
  'The answer is not a page of Pipedrive’s API. Try again later. If it comes again, check the path, and look for a proxy that answers instead.'

/** Returns whether an answer is a page: an empty one of version 1 has `data: null`, and that of a search is an object. */
function isPage<Item>(
  answer: unknown,
): answer is Omit<Page<Item>, 'data'> & { data: Page<Item>['data'] | null } {
  if (typeof answer !== 'object' || answer === null) return false
  const { data, success } = answer as { readonly data?: unknown; readonly success?: unknown }
  return typeof data === 'object' && success !== false
}

function positionAfter(additional: unknown): Position | undefined {
  const { next_cursor: cursor, pagination } = (additional ?? {}) as {
    next_cursor?: unknown
    pagination?: { more_items_in_collection?: unknown; next_start?: unknown }
  }
  if (typeof cursor === 'string' && cursor !== '') return { cursor }
  if (pagination?.more_items_in_collection !== true) return undefined
  const start = Number(pagination.next_start ?? Number.NaN)
  if (!Number.isSafeInteger(start))
    throw new TypeError('The API has more pages, and did not say where the next one begins')
  return { start }
}
