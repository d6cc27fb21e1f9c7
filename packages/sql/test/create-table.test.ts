import { ConfigurationError } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { sqlStore, type SqlDialect, type SqlDriver, type SqlRow } from '../src/index.ts'

interface Answers {
  /** What each statement with this text does, in turn. An error is thrown. */
  readonly [part: string]: readonly (Error | readonly SqlRow[])[]
}

/** A database that answers as told, and with no rows otherwise. */
function madeUp(dialect: SqlDialect, answers: Answers, others: Partial<SqlDriver> = {}, table = 't') {
  const sent: string[] = []
  const left = new Map(Object.entries(answers).map(([part, turns]) => [part, [...turns]]))
  const query = async (sql: string) => {
    sent.push(sql)
    for (const [part, turns] of left) {
      if (!sql.includes(part)) continue
      const turn = turns.shift()
      if (turn instanceof Error) throw turn
      if (turn !== undefined) return { rows: turn }
    }
    return { rows: [] }
  }
  const store = sqlStore({ dialect, query, ...others }, { table })
  const created = () =>
    sent.filter((sql) => /^(CREATE|COMMENT)/.test(sql)).map((sql) => sql.split('\n', 1)[0])
  return { store, sent, created }
}

const missing = new Error('no such table: t')
const readOnly = new Error('attempt to write a readonly database')
const raced = new Error('already exists')

test('what another process creates at the same moment is created again', async () => {
  const { store, created } = madeUp('sqlite', { 'LIMIT 0': [missing], 'CREATE TABLE': [raced] })
  await store.createTable()
  expect(created().map((sql) => sql?.split(' ON ', 1)[0])).toEqual([
    'CREATE TABLE IF NOT EXISTS "t" (',
    'CREATE TABLE IF NOT EXISTS "t" (',
    'CREATE INDEX IF NOT EXISTS "t_by_company"',
    'CREATE INDEX IF NOT EXISTS "t_by_due"',
    'CREATE INDEX IF NOT EXISTS "t_by_attention"',
  ])
})

test('an index that exists, in whichever letters, is not created', async () => {
  const rows = [{ name: 'T_BY_COMPANY' }, { name: 't_by_due' }]
  const { store, created } = madeUp('sqlite', { sqlite_master: [rows] })
  await store.createTable()
  expect(created()).toEqual([expect.stringContaining('"t_by_attention"')])
})

test('an index of a table with capitals is found in small letters', async () => {
  const rows = ['by_company', 'by_due', 'by_attention'].map((name) => ({ name: `mine_${name}` }))
  const { store, created } = madeUp('sqlite', { sqlite_master: [rows] }, {}, 'Mine')
  await store.createTable()
  expect(created()).toEqual([])
})

test('an index that may not be created stays missing', async () => {
  const { store, created } = madeUp('sqlite', { 'CREATE INDEX': Array.from({ length: 6 }, () => readOnly) })
  await store.createTable()
  expect(created()).toHaveLength(6)
})

test('an index that cannot be created for another reason rejects', async () => {
  const { store } = madeUp('sqlite', { 'CREATE INDEX': [raced, raced] })
  await expect(store.createTable()).rejects.toBe(raced)
})

test('a table that cannot be looked for is not created', async () => {
  const { store, created } = madeUp('sqlite', { 'LIMIT 0': [raced] })
  await expect(store.createTable()).rejects.toBe(raced)
  expect(created()).toEqual([])
})

test.each([
  ['a primary key', [{ name: 't_by_due' }], [{ autocommit: 1 }], 'has no primary key'],
  ['autocommit', [{ name: 'PRIMARY' }], [{ autocommit: 0 }], 'do not commit each statement'],
])('MySQL without %s is refused', async (_, indexes, session, text) => {
  const { store } = madeUp('mysql', { statistics: [indexes], autocommit: [session] })
  const refused = store.createTable()
  await expect(refused).rejects.toBeInstanceOf(ConfigurationError)
  await expect(refused).rejects.toThrow(text)
})

test('MySQL with both is accepted, and gets no index', async () => {
  const { store, created } = madeUp('mysql', {
    statistics: [[{ name: 'PRIMARY' }]],
    autocommit: [[{ autocommit: '1' }]],
  })
  await store.createTable()
  expect(created()).toEqual([])
})

const indexes = [{ name: 't_by_company' }, { name: 't_by_due' }, { name: 't_by_attention' }]
const listen = () => Promise.reject(new Error('Nobody watches.'))
const denied = Object.assign(new Error('must be owner'), { code: '42501' })

test.each([
  [[], `COMMENT ON TABLE "t" IS 'pd-oauth: notify'`],
  [[{ comment: null }], `COMMENT ON TABLE "t" IS 'pd-oauth: notify'`],
  [[{ comment: "Ann's" }], `COMMENT ON TABLE "t" IS 'Ann''s (pd-oauth: notify)'`],
])('the mark is added to the comment in %j, if that is allowed', async (rows, comment) => {
  const answers = { pg_index: [indexes], 'AS channel': [rows] }
  const allowed = madeUp('postgresql', answers, { listen })
  await allowed.store.createTable()
  expect(allowed.created()).toEqual([comment])
  const refused = madeUp('postgresql', { ...answers, COMMENT: [denied, denied] }, { listen })
  await refused.store.createTable()
  expect(refused.created()).toEqual([comment, comment])
})

test('a mark that is there stays, and nobody asks for it where nobody listens', async () => {
  const marked = madeUp(
    'postgresql',
    { pg_index: [indexes], 'AS channel': [[{ comment: 'pd-oauth: notify' }]] },
    { listen },
  )
  await marked.store.createTable()
  expect(marked.created()).toEqual([])
  const deaf = madeUp('postgresql', { pg_index: [indexes] })
  await deaf.store.createTable()
  expect(deaf.sent.some((sql) => sql.includes('AS channel'))).toBe(false)
  expect(deaf.created()).toEqual([])
})
