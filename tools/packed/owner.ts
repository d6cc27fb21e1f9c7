import { readFileSync } from 'node:fs'

/** Where the owner keeps the project. From `owner.json`, which is the only place to change. */
export interface Owner {
  /** The repository, such as `https://github.com/owner/name`. */
  readonly repository: string
  /** The documentation, such as `https://name.example.com`. */
  readonly site: string
}

/** Stands in where nothing is released and `owner.json` is still empty. */
export const standIn: Owner = {
  repository: 'https://github.com/owner/repository',
  site: 'https://owner.example.com',
}

export function readOwner(): Owner {
  return JSON.parse(readFileSync(new URL('../../owner.json', import.meta.url), 'utf8')) as Owner
}

/** What keeps these addresses from being published. Empty: nothing. */
export function ownerProblems(owner: Owner): string[] {
  return (['repository', 'site'] as const).flatMap((name) => {
    const address = owner[name]
    if (address === '') return [`owner.json: ${name} is empty. Give its address, then pack again.`]
    if (!URL.canParse(address) || !address.startsWith('https://') || /(\/|\.git)$/.test(address))
      return [`owner.json: ${name} has to be like ${standIn[name]}, without a slash or .git at the end.`]
    return []
  })
}
