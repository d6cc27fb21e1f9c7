/** One address that a package can be imported from. */
export interface Entry {
  /** Its name in `exports`, such as `./adapter`. */
  readonly name: string
  /** Its file below `dist`, without extension, such as `store-suite/store-suite`. */
  readonly built: string
}

/** Returns the entries of a package. `manifest`: its `package.json` in the repository, where entries are sources. */
export function entriesOf(manifest: { readonly exports?: Readonly<Record<string, unknown>> }): Entry[] {
  return Object.entries(manifest.exports ?? {}).map(([name, source]) => {
    const built = /^\.\/src\/(.+)\.ts$/.exec(String(source))?.[1]
    if (built === undefined) throw new Error(`exports: ${name} is not a file below src: ${String(source)}`)
    return { name, built }
  })
}
