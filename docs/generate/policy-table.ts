import { defaultPolicy, policyProblems, type Policy } from '../../packages/core/src/machine/policy.ts'
import { cell, interfaceMembers } from './interface-members.ts'

type Name = keyof Policy

const huge = 2 ** 40

/** Returns the numbers of the policy with their defaults and ranges, as a Markdown table, and how they depend on each other. */
export function policyTable(): string {
  const rows = interfaceMembers('packages/core/src/machine/policy.ts', 'Policy').map(
    ({ name, text }) =>
      `| \`${name}\` | ${figure(defaultPolicy[name as Name])}${inWords(name, defaultPolicy[name as Name])} | ${rangeOf(name as Name)} | ${cell(text.replace(/ Default: .*$/, ''))} |`,
  )
  return [
    '| name | default | range | what it is |',
    '| --- | ---: | --- | --- |',
    ...rows,
    '',
    'The client refuses a policy whose numbers do not fit together:',
    '',
    ...relations().map((sentence) => `- ${sentence}`),
  ].join('\n')
}

function rangeOf(name: Name): string {
  const least = refuses(name, 0) ? 1 : 0
  const kind = refuses(name, 1.5) ? 'whole number, ' : ''
  const most = Number(/at most (\d+)$/.exec(problemsWith(name, huge).find(isAbout(name)) ?? '')?.[1])
  return Number.isNaN(most) ? `${kind}${least} or more` : `${kind}${least} to ${most}`
}

/** Whether a number is out of range, whatever the other numbers are. */
function refuses(name: Name, value: number): boolean {
  return problemsWith(name, value).some(
    (problem) => /must be (at least \d|a whole number)$/.test(problem) && isAbout(name)(problem),
  )
}

function problemsWith(name: Name, value: number): string[] {
  return policyProblems({ ...defaultPolicy, [name]: value })
}

function isAbout(name: Name) {
  return (problem: string) => problem.startsWith(`policy.${name} must`)
}

/** The sentences in which the client refuses numbers that are in range and do not fit the others. */
function relations(): string[] {
  const names = Object.keys(defaultPolicy) as Name[]
  const sentences = names.flatMap((name) =>
    [rangeOf(name).includes('1 or more') ? 1 : 0, 1, huge].flatMap((value) => problemsWith(name, value)),
  )
  return [...new Set(sentences.filter((sentence) => !/(at most|at least) \d+$/.test(sentence)).map(general))]
}

/** A sentence without the numbers of one case. */
function general(sentence: string): string {
  return sentence
    .replace(
      / than \d+: a refresh of \d+ × requestTimeoutMs/,
      ' than a refresh of `requestsPerRefresh` × `requestTimeoutMs`',
    )
    .replaceAll(/ \(\d+\)/g, '')
    .replaceAll(/policy\.(\w+)/g, '`$1`')
    .replaceAll(/(?<!`)\b([a-z]+[A-Z]\w*)\b(?!`)/g, '`$1`')
}

function figure(value: number): string {
  return value.toLocaleString('en').replaceAll(',', ' ')
}

function inWords(name: string, value: number): string {
  if (!name.endsWith('Ms')) return ''
  const units = [
    [86_400_000, 'day'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ] as const
  const unit = units.find(([ms]) => value >= ms && value % ms === 0)
  if (unit === undefined) return ''
  const count = value / unit[0]
  return ` (${count} ${unit[1]}${count === 1 ? '' : 's'})`
}
