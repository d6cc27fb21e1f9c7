import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sources } from '../folders.ts'
import { cell } from '../interface-members.ts'
import { samples } from './samples.ts'

/** Returns every code with the first sentence of its page and whose move it is, as a Markdown table. */
export function errorTable(): string {
  const rows = Object.keys(samples)
    .toSorted()
    .map((code) => {
      const text = readFileSync(join(sources, `reference/errors/${code}.md`), 'utf8').replaceAll(/\s+/g, ' ')
      const [, meaning = '', move = ''] =
        /^# \w+ (.+?[.])(?= [A-Z`*]).*?\*\*Whose move:\*\* (.+?)\.? ## /.exec(text) ?? []
      return `| [\`${code}\`](${code}.md) | ${cell(meaning)} | ${cell(move)} |`
    })
  return ['| code | what it means | whose move |', '| --- | --- | --- |', ...rows].join('\n')
}
