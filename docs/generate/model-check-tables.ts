import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { invariants } from '../../packages/core/test/machine/model/invariants.ts'
import { mutants } from '../../packages/core/test/machine/model/mutants.ts'
import { root } from './folders.ts'

/** Returns what the model check holds, as a Markdown list. */
export function invariantList(): string {
  return invariants.map(({ name }) => `- ${name.charAt(0).toUpperCase()}${name.slice(1)}.`).join('\n')
}

/** Returns every planted fault, with what it breaks and the shortest way there, as Markdown. */
export function plantedFaults(): string {
  return mutants
    .map(({ name, breaks }) => {
      const file = `packages/core/test/machine/model/counterexamples/${name.replaceAll(/\W+/g, '-')}.txt`
      const [, , , ...lines] = readFileSync(join(root, file), 'utf8').trim().split('\n')
      return [
        `::: details Software that ${name}`,
        `It breaks “${breaks}”:`,
        '',
        `\`\`\`text\n${lines.join('\n')}\n\`\`\``,
        ':::',
      ].join('\n')
    })
    .join('\n\n')
}
