import { expect, test } from 'vitest'
import { runMain } from './run-main.ts'

test(
  'demo --once runs every step, prints its figures and ends with exit code 0',
  { timeout: 70_000 },
  async () => {
    const { code, stdout, stderr } = await runMain(['--once'], {})
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim())
    const expected = [
      /^Playground on http:\/\/localhost:\d+, fake Pipedrive on http:\/\/127\.0\.0\.1:\d+$/,
      /^1\. install link: status 302, sent to http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize, state cookies set 1 /,
      /^2\. consent approved: page status 200, form status 303, sent to http:\/\/localhost:\d+\/pipedrive\/callback /,
      /^3\. callback: status 302, sent to \/\?from=once, token requests 1, installations 1, who Ada Lindqvist of Acme Trading/,
      /^4\. deals through installation\.api: deals [1-9]\d*, API requests 1, token requests 0 /,
      /^5\. the official SDK .*: v1 user Ada Lindqvist, v2 deals [1-9]\d*, API requests 2, token requests 0 /,
      /^6\. 100 callers at once on an expired token: answered 100, different tokens 1, token requests 1 /,
      /^7\. access token killed at Pipedrive: API answers 401 then 200, refreshes 1, /,
      /^8\. outage .*: answered 100, API answers 200, token answers 503 then 503, token kept, failures 1 /,
      /^9\. refresh after outage and cooldown: token answers 200, cooldowns 0 /,
      /^10\. uninstall notice over HTTP: status 200, installations left 0 /,
      /^11\. next call refused: code not_installed, requests sent 0 /,
      /^All 11 steps went as expected, in \d+\.\d\d s\.$/,
    ]
    expect(lines).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(lines[index]).toMatch(pattern)
  },
)
