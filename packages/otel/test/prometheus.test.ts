import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import { freePort } from '@pd/test-support/free-port'
import { expect, onTestFinished, test } from 'vitest'
import { instrument, instrumentStore, metricNames } from '../src/index.ts'

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const rules = readFileSync(pathOf('prometheus/pipedrive-oauth.rules.yml'), 'utf8')
const ruleTests = readFileSync(pathOf('test/pipedrive-oauth.rules.test.yml'), 'utf8')
const dashboard: { readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[] } =
  JSON.parse(readFileSync(pathOf('grafana/pipedrive-oauth.dashboard.json'), 'utf8'))

/** What follows the name of a metric in Prometheus, for its kind. */
const suffixes = ['', '_total', '_count', '_bucket', '_sum']
const known = new Set(
  Object.values(metricNames).flatMap((name) =>
    suffixes.map((suffix) => `${name.replaceAll('.', '_')}${suffix}`),
  ),
)
const labels = /pipedrive_oauth_(outcome|change|operation|limit|status)\b/g

function metricsIn(text: string): string[] {
  const withoutUnits = text.replaceAll(/(\(_seconds\)\?|_seconds)/g, '')
  return [...new Set(withoutUnits.replaceAll(labels, '').match(/pipedrive_oauth_\w+/g))]
}

/** A Prometheus endpoint over loopback, after a user has connected and what else `act` does. */
async function scrape(): Promise<string> {
  const port = await freePort()
  const reader = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true })
  await reader.startServer()
  const meters = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meters.shutdown())
  const meter = meters.getMeter('test')
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const { clientId, clientSecret, redirectUri } = fake.app
  const secrets = ['only-for-tests-0123456789-abcdefghij']
  const store = instrumentStore(memoryStore(), { meter })
  const options = {
    clientId,
    clientSecret,
    redirectUri,
    secrets,
    store,
    fetch: fake.fetch,
    clock,
    logger: false as const,
  }
  const oauth = new PipedriveOAuth(options)
  instrument(oauth, { meter })
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  await clock.advance(2 * 3_600_000)
  await installation.api('/api/v2/deals')
  await clock.advance(1_000)
  await oauth.keepAlive({ withinMs: 61 * 86_400_000 })
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  return answer.text()
}

test('a scrape over loopback has the metrics under the names that alerts and dashboard use', async () => {
  const text = await scrape()
  expect(text).toContain('pipedrive_oauth_refresh_duration_count{pipedrive_oauth_outcome="refreshed"')
  expect(text).toMatch(/pipedrive_oauth_installations\{pipedrive_oauth_status="refreshable".*\} 1\b/)
  expect(text).toMatch(/pipedrive_oauth_store_up(\{.*\})? 1\b/)
  expect(text).toContain('pipedrive_oauth_keep_alive_duration_count')
  expect(text).toMatch(
    /pipedrive_oauth_installation_changes_total\{pipedrive_oauth_change="installed".*\} 1\b/,
  )
  const scraped = metricsIn(text.replaceAll(/^#.*$/gm, ''))
  expect(scraped.filter((name) => !known.has(name))).toEqual([])
})

test('every query of the alerts and of the dashboard names a metric that exists', () => {
  const queries = [rules, ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))]
  for (const query of queries) {
    expect(metricsIn(query).length).toBeGreaterThan(0)
    expect(metricsIn(query).filter((name) => !known.has(name))).toEqual([])
  }
})

test('the dashboard shows every metric', () => {
  const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join()
  const missing = Object.values(metricNames).filter((name) => !shown.includes(name.replaceAll('.', '_')))
  expect(missing).toEqual([])
})

test('every alert has a test in which it fires, and one in which it does not', () => {
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name)
  expect(alerts.length).toBeGreaterThan(5)
  for (const name of alerts) {
    const parts = ruleTests.split('eval_time').filter((part) => part.includes(`"${name}"`))
    expect([name, parts.some((part) => /exp_samples:\s*(- |\[\{ )/.test(part))]).toEqual([name, true])
    expect([name, parts.some((part) => part.includes('exp_samples: []'))]).toEqual([name, true])
  }
})

test('the alerts fire and keep still as their tests say, by promtool', () => {
  const printed = execFileSync('promtool', ['test', 'rules', 'pipedrive-oauth.rules.test.yml'], {
    cwd: pathOf('test'),
    encoding: 'utf8',
  })
  expect(printed).toContain('SUCCESS')
})
