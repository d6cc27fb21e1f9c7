import { readFileSync } from 'node:fs'

/** The rights that the README gives to a Redis user `my-app`, or, with `cluster`, to one of a cluster. */
export function readmeRules(of: 'server' | 'cluster' = 'server'): string[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, rules] = /^ACL SETUSER my-app on >\S+ (.+)$/m.exec(readme) ?? []
  const [, more] = /In a cluster, add `([^`]+)`/.exec(readme) ?? []
  if (rules === undefined || more === undefined)
    throw new Error('The README names no rights of a Redis user.')
  return of === 'cluster' ? [...rules.split(' '), ...more.split(' ')] : rules.split(' ')
}
