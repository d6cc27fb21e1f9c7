import type { Company } from '../directory.ts'

/** Which part of the server a call is for. */
export type Endpoint = 'authorize' | 'token' | 'revoke' | 'api' | 'control' | 'unknown'

/**
 * What a host serves: the OAuth server, the API of one company or of all, or everything, as a socket does.
 */
export interface Site {
  readonly serves: 'oauth' | 'api' | 'everything'
  readonly company?: Company
}

const oauthEndpoints: Readonly<Record<string, Endpoint>> = {
  '/oauth/authorize': 'authorize',
  '/oauth/token': 'token',
  '/oauth/revoke': 'revoke',
}

/** Returns the endpoint at a path of a site. */
export function endpointAt(site: Site, path: string): Endpoint {
  if (site.serves !== 'api' && oauthEndpoints[path]) return oauthEndpoints[path]
  if (site.serves !== 'oauth' && /^\/(api\/)?v[12]\//.test(path)) return 'api'
  if (site.serves === 'everything' && (path === '/' || path.startsWith('/__fake/'))) return 'control'
  return 'unknown'
}

/** Returns the only path of an endpoint. Undefined: it has many. */
export function pathOf(endpoint: Endpoint): string | undefined {
  return Object.keys(oauthEndpoints).find((path) => oauthEndpoints[path] === endpoint)
}

/** Returns the hosts that belong to no company, by origin. */
export const commonSites = (): Map<string, Site> =>
  new Map([
    ['https://oauth.pipedrive.com', { serves: 'oauth' }],
    ['https://api.pipedrive.com', { serves: 'api' }],
  ])

/** Adds the hosts of a company: its own, and the one that token responses name. A known company changes nothing. */
export function addSites(sites: Map<string, Site>, company: Company, apiDomain: string): void {
  for (const origin of [pipedriveOrigin(company), new URL(apiDomain).origin]) {
    const known = sites.get(origin)
    // An origin that several companies share does not identify a company.
    const isShared = known !== undefined && known.company !== company
    sites.set(origin, isShared ? { serves: 'api' } : { serves: 'api', company })
  }
}

/** Returns the origin of the company's own host at Pipedrive. */
export const pipedriveOrigin = (company: Company): string => `https://${company.domain}.pipedrive.com`
