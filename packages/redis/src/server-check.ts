import type { StoreFinding } from '@pd/oauth-core'
import type { RedisCommands } from './redis-commands.ts'

/**
 * Reads the two settings of the server that hold the key. A script, because a cluster then leads it to that server, and
 * because it returns a refusal in place of an error. Redis does not let a script read CONFIG.
 */
const settingsScript = `
local settings = ''
for _, section in ipairs({'memory', 'persistence'}) do
  local info = redis.pcall('INFO', section)
  if type(info) == 'table' then return {'', '', info.err or 'INFO is refused'} end
  settings = settings .. info
end
return {string.match(settings, 'maxmemory_policy:([%w-]+)') or '', string.match(settings, 'aof_enabled:(%d)') or '', ''}
`

/**
 * Returns what endangers records on the servers that hold these keys: eviction and missing persistence. The same finding of
 * several servers comes once.
 */
export async function serverFindings(
  commands: Pick<RedisCommands, 'eval'>,
  keys: readonly string[],
): Promise<StoreFinding[]> {
  const replies = await Promise.all(keys.map((key) => commands.eval(settingsScript, 1, key)))
  const texts = new Set(replies.map((reply) => JSON.stringify((reply as unknown[]).map(String))))
  const findings = [...texts].flatMap((text) => findingsOf(JSON.parse(text) as Settings))
  return [...new Map(findings.map((finding) => [finding.found, finding])).values()]
}

type Settings = readonly [policy: string, aofEnabled: string, refusal: string]

function findingsOf([policy, aofEnabled, refusal]: Settings): StoreFinding[] {
  return [...evictionFindings(policy, refusal), ...persistenceFindings(aofEnabled)]
}

/** The `volatile-` policies delete only keys that expire, and no key of the store does. */
function evictionFindings(policy: string, refusal: string): StoreFinding[] {
  if (policy === 'noeviction' || policy.startsWith('volatile-')) return []
  if (policy === '')
    return [
      {
        status: 'unchecked',
        found: `Redis does not say what it does when its memory is full${refusal === '' ? '' : ` (${refusal})`}.`,
        fix: 'Give the user of Redis the right to INFO (+info), or make sure that maxmemory-policy is noeviction.',
      },
    ]
  return [
    {
      status: 'problem',
      found: `Redis has maxmemory-policy ${policy}: when its memory is full, it deletes installations without an error.`,
      fix: 'Set maxmemory-policy noeviction.',
    },
  ]
}

function persistenceFindings(aofEnabled: string): StoreFinding[] {
  if (aofEnabled !== '0') return []
  return [
    {
      status: 'warning',
      found:
        'Redis has appendonly no: after a crash, the installations since its last snapshot are gone, or all of them if it makes no snapshots.',
      fix: 'Set appendonly yes.',
    },
  ]
}
