import { readFileSync } from 'node:fs'

/** The rights that docs/reference/redis.md gives to a Redis user `my-app`, or, with `cluster`, to one of a cluster. */
export function documentedRules(of: 'server' | 'cluster' = 'server'): string[] {
  const page = readFileSync(new URL('../../../../docs/reference/redis.md', import.meta.url), 'utf8')
  const [, rules] = /^ACL SETUSER my-app on >\S+ (.+)$/m.exec(page) ?? []
  const [, more] = /In a cluster, add `([^`]+)`/.exec(page) ?? []
  if (rules === undefined || more === undefined)
    throw new Error('docs/reference/redis.md names no rights of a Redis user.')
  return of === 'cluster' ? [...rules.split(' '), ...more.split(' ')] : rules.split(' ')
}
