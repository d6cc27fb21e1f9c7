import { expect, test } from 'vitest'
import { savedRun, worseThan } from '../rows/compare-rows.ts'
import type { Figure, Row } from '../rows/row.ts'

const row = (name: string, figures: Readonly<Record<string, Figure>>): Row => ({
  name,
  aim: '',
  result: '',
  isMet: true,
  beside: '',
  figures,
})
const cost = (value: number): Figure => ({ value, better: 'lower', tolerance: 0.3 })
const share = (value: number): Figure => ({ value, better: 'higher', tolerance: 0.3 })
const exactly = (value: number): Figure => ({ value, better: 'lower', tolerance: 0 })

const before = savedRun({}, [
  row('rival', { 'of a bare round': cost(2) }),
  row('growth', { read: cost(1.1), claim: cost(1.2) }),
  row('requests per second', { 'of the bare route': share(0.8) }),
  row('stampede', { requests: exactly(1), failed: exactly(0) }),
])

test('a regression beyond the tolerance is named, with its figure', () => {
  const rows = [row('growth', { read: cost(1.1), claim: cost(1.6) })]
  expect(worseThan(before, rows)).toEqual([{ row: 'growth', figure: 'claim', before: 1.2, now: 1.6 }])
})

test('a share that falls is a regression', () => {
  const fallen = worseThan(before, [row('requests per second', { 'of the bare route': share(0.6) })])
  expect(fallen).toMatchObject([{ before: 0.8, now: 0.6 }])
})

test('one failed caller is a regression where none had failed', () => {
  const failing = worseThan(before, [row('stampede', { requests: exactly(1), failed: exactly(1) })])
  expect(failing).toMatchObject([{ figure: 'failed', before: 0, now: 1 }])
})

test('a figure that could not be measured is a regression', () => {
  expect(worseThan(before, [row('rival', { 'of a bare round': cost(NaN) })])).toHaveLength(1)
})

test('noise, an improvement, and what only one run has are none', () => {
  const rows = [
    row('rival', { 'of a bare round': cost(2.5) }),
    row('growth', { read: cost(0.5), 'new figure': cost(9) }),
    row('requests per second', { 'of the bare route': share(0.65) }),
    row('new row', { new: cost(9) }),
  ]
  expect(worseThan(before, rows)).toEqual([])
})

test('saving keeps the rows that the run did not measure', () => {
  const saved = savedRun(before, [row('rival', { 'of a bare round': cost(1.23456) })])
  expect(saved).toEqual({ ...before, rival: { 'of a bare round': 1.23 } })
})
