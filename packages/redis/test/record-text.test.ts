import { describe, expect, test } from 'vitest'
import { readChange } from '../src/change-message.ts'
import { decodeVersion, readRecord, recordText, versionMark } from '../src/record-text.ts'

describe('the text of a record', () => {
  test.each([
    [{ version: 'a1', value: 'sealed' }, 'a1  sealed'],
    [{ version: 'a1', value: 'sealed', dueAt: 5 }, 'a1 5 sealed'],
    [{ version: 'a1', value: 'sealed', dueAt: 0 }, 'a1 0 sealed'],
    [{ version: 'a1', value: 'sealed', dueAt: 5, attention: true }, 'a1 5! sealed'],
    [{ version: 'a1', value: 'sealed', attention: true }, 'a1 ! sealed'],
    [{ version: 'a b%', value: ' with spaces ' }, 'a%20b%25   with spaces '],
    [{ version: 'a1', value: '' }, 'a1  '],
  ] as const)('of %j is "%s", and is read as that again', (record, text) => {
    expect(recordText(record)).toBe(text)
    const read = readRecord(text)
    expect(read).toEqual(record)
    expect(Object.keys(read ?? {}).toSorted()).toEqual(Object.keys(record).toSorted())
  })

  test('without attention has no mark, also where it is said', () => {
    expect(recordText({ version: 'a1', value: 'sealed', attention: false as never })).toBe('a1  sealed')
  })

  test.each([
    '',
    ' ',
    'a1',
    'a1 ',
    'a1 5',
    'a1 5!sealed',
    ' 5 sealed',
    'a1 soon sealed',
    '%E0%A4%A 5 sealed',
  ])('is not "%s"', (text) => expect(readRecord(text)).toBeUndefined())
})

test('the mark of a version begins no text of another version', () => {
  for (const other of ['a12', 'a', 'a1 ', 'A1'])
    expect(recordText({ version: other, value: '' }).startsWith(versionMark('a1'))).toBe(false)
  expect(recordText({ version: 'a1', value: '' }).startsWith(versionMark('a1'))).toBe(true)
})

test('a version is read as it was, and broken encoding is no version', () => {
  expect(decodeVersion('plain+text')).toBe('plain+text')
  expect(decodeVersion('a%20b')).toBe('a b')
  expect(decodeVersion('%')).toBeUndefined()
})

describe('a message of a change', () => {
  const of = (version: string) => recordText({ version, value: 'a sealed value' })

  test.each<[string, object]>([
    ['1:2 b ', { id: '1:2', version: 'b' }],
    ['1:2 b', { id: '1:2', version: 'b' }],
    ['1:2 a%20b ', { id: '1:2', version: 'a b' }],
    ['1:2 ', { id: '1:2', version: undefined }],
    ['1:2', { id: '1:2', version: undefined }],
    ['', { id: '', version: undefined }],
    ['1:2 %', { id: '1:2', version: undefined }],
    [`1:2 % ${of('b')}`, { id: '1:2', version: undefined }],
    ['1:2 a no record', { id: '1:2', version: undefined }],
    [
      `1:2 a%20 ${of('b')}`,
      {
        id: '1:2',
        version: 'b',
        handOver: { replaced: 'a ', record: { version: 'b', value: 'a sealed value' } },
      },
    ],
  ])('"%s" says %j', (message, said) => expect(readChange(message)).toEqual(said))
})
