/** What vitest has to be given. All empty: everything runs. */
export interface Selection {
  /** Parts of paths of test files. */
  readonly files: readonly string[]
  /** Sources that mention the title. Only the test files that import one of them, or are one, have to be loaded. */
  readonly related: readonly string[]
  /** A regular expression for the full titles. */
  readonly title: string | undefined
}

/**
 * Tells names of files from titles: a name that is part of the path of a test file means that file, any other a title.
 * Of both, the tests in these files with these titles run.
 */
export function selectTests(
  names: readonly string[],
  tests: readonly string[],
  sources: readonly string[],
  read: (path: string) => string,
): Selection {
  const files = names
    .map(withSlashes)
    .filter((name) => tests.some((path) => withSlashes(path).includes(name)))
  const titles = names.filter((name) => !files.includes(withSlashes(name)))
  if (titles.length === 0) return { files, related: [], title: undefined }
  const title = titles.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|')
  if (files.length > 0) return { files, related: [], title }
  const mentioned = titles.map((text) => sources.filter((path) => read(path).includes(text)))
  // A title that is composed stands nowhere as a whole: then every file has to be loaded to find it.
  const related = mentioned.every(({ length }) => length > 0) ? [...new Set(mentioned.flat())] : []
  return { files, related, title }
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '')
}
