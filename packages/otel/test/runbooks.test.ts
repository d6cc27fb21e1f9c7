import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const rules = read('../prometheus/pipedrive-oauth.rules.yml')
const page = read('../../../docs/guides/alerts.md')

const alerts = rules
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((rule) => ({
    name: /^\w+/.exec(rule)?.[0] ?? '',
    severity: /severity: (\w+)/.exec(rule)?.[1],
    pending: /^ {8}for: (\w+)$/m.exec(rule)?.[1],
    runbook: /^ {10}runbook: (.+)$/m.exec(rule)?.[1],
    // What follows in the summary is a label of the series.
    summary: (/summary: (.+)$/m.exec(rule)?.[1] ?? '').replace(/ in \{\{.*/, ''),
  }))
const runbooks = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ name: /^\w+/.exec(section)?.[0], section: section.replaceAll(/\s+/g, ' ') }))

test('every alert has a runbook, and every runbook an alert, in the same order', () => {
  expect(alerts).toHaveLength(13)
  expect(runbooks.map(({ name }) => name)).toEqual(alerts.map(({ name }) => name))
})

describe.each(alerts)('$name', ({ name, severity, pending, runbook, summary }) => {
  const { section = '' } = runbooks.find((one) => one.name === name) ?? {}

  test('names the place of its runbook', () => {
    expect(runbook).toBe(`guides/alerts#${name.toLowerCase()}`)
  })

  test('has a runbook with its severity, its delay and its summary, and with what to do', () => {
    const head = `_${severity}${pending === undefined ? '' : `, after ${pending}`}_ · ${summary}`
    expect(section).toContain(head)
    for (const part of ['Effect', 'Look', 'Do', 'Over when']) expect(section).toContain(`- **${part}**: `)
  })
})
