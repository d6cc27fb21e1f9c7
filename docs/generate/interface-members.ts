import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './folders.ts'

/** One member of an interface, as its source says it. */
export interface Member {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
  /** Its doc comment, without tags, as one line. */
  readonly text: string
}

/**
 * Returns the members of an interface. `file`: its path in the repository.
 * @throws {Error} if the file has no such interface, or a member has no doc comment
 */
export function interfaceMembers(file: string, name: string): Member[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  )
  if (found === undefined) throw new Error(`${file} has no interface ${name}.`)
  return found.members.map((member) => {
    const text = ts
      .getJSDocCommentsAndTags(member)
      .filter(ts.isJSDoc)
      .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
      .join(' ')
      .replaceAll(/\s+/g, ' ')
    const memberName = member.name?.getText(source) ?? ''
    if (text === '') throw new Error(`${file}: ${name}.${memberName} has no doc comment.`)
    return {
      name: memberName,
      type: typeOf(member, source)
        .replaceAll(/\s+/g, ' ')
        .replace(/ \| undefined$/, ''),
      isOptional: member.questionToken !== undefined,
      text,
    }
  })
}

function typeOf(member: ts.TypeElement, source: ts.SourceFile): string {
  if (ts.isPropertySignature(member)) return member.type?.getText(source) ?? 'unknown'
  const whole = member.getText(source)
  return whole.slice(whole.indexOf('('))
}

/** Returns a text that a cell of a Markdown table can hold. */
export function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}

/** Returns a text as code in a cell of a Markdown table. */
export function codeCell(text: string): string {
  return `\`${cell(text)}\``
}
