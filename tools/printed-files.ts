/** A file that a page prints: a fenced block with a path behind the language, as in ```ts src/app.ts [the label of a tab]. */
export interface PrintedFile {
  readonly path: string
  /** The tab of a `::: code-group` that it is in. */
  readonly label: string | undefined
  readonly code: string
  /** The line of the page that the block begins at. */
  readonly line: number
}

/** Returns the files that a page prints, in their order. */
export function printedFiles(page: string): PrintedFile[] {
  return [...page.matchAll(printedFile)].map(({ index, groups: { path, label, code } = {} }) => ({
    path: path ?? '',
    label,
    code: code ?? '',
    line: page.slice(0, index).split('\n').length,
  }))
}

/** Returns the page with the code of every file that `codeOf` knows replaced. */
export function withPrintedFiles(page: string, codeOf: (file: PrintedFile) => string | undefined): string {
  const files = printedFiles(page)
  return page.replaceAll(printedFile, (block, ...captures) => {
    const { head = '' } = captures.at(-1) as Record<string, string>
    const code = codeOf(files.shift()!)
    return code === undefined ? block : `${head}\n${code}\`\`\``
  })
}

/** Returns the commands in the `sh` blocks of a page, one a line, in their order. */
export function printedCommands(page: string): string[] {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, lines = '']) =>
    lines.split('\n').filter((line) => line !== ''),
  )
}

const printedFile = /^(?<head>```\w+ (?<path>\S+)(?: \[(?<label>.+)\])?)\n(?<code>[\s\S]*?)^```$/gm
