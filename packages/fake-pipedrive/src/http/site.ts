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

/**
 * Returns the hosts that the fake answers for, by origin.
 * @param apiDomain returns the origin that token responses name for a company.
 */
export function createSites(
  companies: readonly Company[],
  apiDomain: (company: Company) => string,
): Map<string, Site> {
  const sites = new Map<string, Site>([
    ['https://oauth.pipedrive.com', { serves: 'oauth' }],
    ['https://api.pipedrive.com', { serves: 'api' }],
  ])
  for (const company of companies) {
    for (const origin of new Set([pipedriveOrigin(company), new URL(apiDomain(company)).origin])) {
      // An origin that several companies share does not identify a company.
      sites.set(origin, sites.has(origin) ? { serves: 'api' } : { serves: 'api', company })
    }
  }
  return sites
}

/** Returns the origin of the company's own host at Pipedrive. */
export const pipedriveOrigin = (company: Company): string => `https://${company.domain}.pipedrive.com`
