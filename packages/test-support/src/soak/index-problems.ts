import type { SoakHistory } from './history.ts'

/** The differences between the records at rest and what `list`, `due` and `count` say of them, a sentence each. */
export function indexProblems({ rest }: SoakHistory): readonly string[] {
  const { records, listed, listedForAttention, due, attentionCount, dueCount } = rest
  const ids = records.map(({ id }) => id)
  const marked = records.filter(({ attention }) => attention === true).map(({ id }) => id)
  const dated = records.flatMap(({ id, dueAt }) => (dueAt === undefined ? [] : [{ id, dueAt }]))
  const dueAt = new Map<string, number>(dated.map((record) => [record.id, record.dueAt]))
  const isSorted = due.every((id, index) => index === 0 || dueAt.get(due[index - 1]!)! <= dueAt.get(id)!)
  return [
    ...differences('list()', listed, ids),
    ...differences('list() of those that need attention', listedForAttention, marked),
    ...differences('due()', due, [...dueAt.keys()]),
    ...(isSorted || differences('', due, [...dueAt.keys()]).length > 0
      ? []
      : ['due() does not begin with the soonest']),
    ...wrongCount('attention', attentionCount, marked.length),
    ...wrongCount('dueBefore', dueCount, dated.length),
  ]
}

function differences(who: string, given: readonly string[], expected: readonly string[]): string[] {
  const missing = expected.filter((id) => !given.includes(id))
  const surplus = given.filter((id, index) => !expected.includes(id) || given.indexOf(id) !== index)
  return [
    ...missing.map((id) => `${who} lacks ${id}`),
    ...surplus.map((id) => `${who} gives ${id}, which does not belong there`),
  ]
}

function wrongCount(which: string, given: number | undefined, expected: number): string[] {
  return given === undefined || given === expected ? [] : [`count({ ${which} }) is ${given}, not ${expected}`]
}
