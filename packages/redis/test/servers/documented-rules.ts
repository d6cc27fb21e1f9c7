import { readFileSync } from 'node:fs'

/** The rights that docs/reference/redis.md gives to a Redis user `my-app`, for one Redis, a cluster, or an address with a database. */
export function documentedRules(of: 'server' | 'cluster' | 'database' = 'server'): string[] {
  const page = readFileSync(new URL('../../../../docs/reference/redis.md', import.meta.url), 'utf8')
  const [, rules] = /^ACL SETUSER my-app on >\S+ (.+)$/m.exec(page) ?? []
  const [, ofCluster] = /In a cluster, add `([^`]+)`/.exec(page) ?? []
  const [, ofDatabase] = /If the address\s+names a database, [^`]+`[^`]+`, add `([^`]+)`/.exec(page) ?? []
  const more = { server: '', cluster: ofCluster, database: ofDatabase }[of]
  if (rules === undefined || more === undefined)
    throw new Error(`docs/reference/redis.md names no rights of a Redis user for a ${of}.`)
  return `${rules} ${more}`.trim().split(' ')
}
