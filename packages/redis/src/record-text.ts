import type { StoredRecord } from '@pd/oauth-core'

/**
 * Returns the stored text of a record: `version dueAt value`, with single spaces. The version is percent-encoded, which
 * does not change the versions that the client makes. `dueAt` is empty if the record has none. With `attention`, an
 * exclamation mark follows it.
 */
export function recordText({ version, dueAt, attention, value }: StoredRecord): string {
  return `${versionMark(version)}${dueAt ?? ''}${attention === true ? '!' : ''} ${value}`
}

/** Returns the beginning of a record's text, which is different for every version. Never empty. */
export function versionMark(version: string): string {
  return `${encodeURIComponent(version)} `
}

const form = /^(?<version>[^ ]+) (?<dueAt>[^ !]*)(?<attention>!?) /

/** Returns the record that a text stands for, or undefined if the text is not a record's. */
export function readRecord(text: string): StoredRecord | undefined {
  const head = form.exec(text)
  const { version: encoded = '', dueAt: dueAtText = '', attention = '' } = head?.groups ?? {}
  const version = decodeVersion(encoded)
  const dueAt = Number(dueAtText)
  if (head === null || version === undefined || Number.isNaN(dueAt)) return undefined
  return {
    version,
    value: text.slice(head[0].length),
    ...(dueAtText !== '' && { dueAt }),
    ...(attention !== '' && { attention: true }),
  }
}

/** Returns the version that `encodeURIComponent` has encoded, or undefined if the text is something else. */
export function decodeVersion(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
