import type { StoredRecord } from '@pd/oauth-core'

/**
 * A record as the one string it is stored as: `version dueAt value`, with single spaces. The version is
 * percent-encoded, which leaves the client's own as they are; `dueAt` is empty where there is none.
 */
export function recordText({ version, dueAt, value }: StoredRecord): string {
  return `${versionMark(version)}${dueAt ?? ''} ${value}`
}

/** What the text of a record of this version begins with, and of no other. Never empty. */
export function versionMark(version: string): string {
  return `${encodeURIComponent(version)} `
}

/** The record behind a text, or undefined if no record was ever written so. */
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
