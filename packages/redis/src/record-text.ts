import type { StoredRecord } from '@pd/oauth-core'

/**
 * The stored text of a record: `version dueAt value`, with single spaces. The version is percent-encoded, which does not
 * change the versions that the client makes. `dueAt` is empty if the record has none.
 */
export function recordText({ version, dueAt, value }: StoredRecord): string {
  return `${versionMark(version)}${dueAt ?? ''} ${value}`
}

/** The beginning of a record's text, which is different for every version. Never empty. */
export function versionMark(version: string): string {
  return `${encodeURIComponent(version)} `
}

/** The record that a text stands for, or undefined if the text is not a record's. */
export function readRecord(text: string): StoredRecord | undefined {
  const versionEnd = text.indexOf(' ')
  const dueAtEnd = text.indexOf(' ', versionEnd + 1)
  if (versionEnd < 0 || dueAtEnd < 0) return undefined
  const version = decodeVersion(text.slice(0, versionEnd))
  const dueAtText = text.slice(versionEnd + 1, dueAtEnd)
  const dueAt = Number(dueAtText)
  if (version === undefined || Number.isNaN(dueAt)) return undefined
  const value = text.slice(dueAtEnd + 1)
  return dueAtText === '' ? { version, value } : { version, value, dueAt }
}

function decodeVersion(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
