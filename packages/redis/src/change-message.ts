import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import type { Bucket } from './buckets.ts'
import { decodeVersion, readRecord } from './record-text.ts'

/** What a message says of a record. */
export interface ChangeMessage {
  readonly id: InstallationId
  /** The new version. Undefined: the record is gone. */
  readonly version: string | undefined
  /** The new record, and the version that it replaced. Only messages to those who wait for it have it. */
  readonly handOver?: { readonly replaced: string; readonly record: StoredRecord }
}

/**
 * Returns what a message says. To everybody: `id version ` or, if the record is gone, `id `. To those who wait:
 * `id replaced record`, with the text of the record.
 */
export function readChange(message: string): ChangeMessage {
  const [id = '', encoded = ''] = message.split(' ', 2)
  const version = encoded === '' ? undefined : decodeVersion(encoded)
  const about = { id: id as InstallationId, version }
  const text = message.slice(id.length + encoded.length + 2)
  if (text === '' || version === undefined) return about
  const record = readRecord(text)
  if (record === undefined) return { ...about, version: undefined }
  return { ...about, version: record.version, handOver: { replaced: version, record } }
}

/** The channel on which a record is published while somebody waits for it. */
export function handOverChannel({ changes }: Bucket, id: InstallationId): string {
  return `${changes}:${id}`
}
