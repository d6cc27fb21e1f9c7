import type { Browser, Visit } from './browser.ts'
import type { Journey } from './journey.ts'
import type { Step } from './run-steps.ts'

const returnTo = '/?from=once'

/** Returns the steps from the install link to the stored installation, as a browser takes them. */
export function connecting(journey: Journey, browser: Browser): Step[] {
  const { playground, fake, origin } = journey
  let consentUrl = ''
  let consentPage: Visit | undefined
  let callbackUrl = ''

  const installLink: Step = {
    name: 'install link',
    async run() {
      const visit = await browser.get(`${origin}/pipedrive/install?returnTo=${encodeURIComponent(returnTo)}`)
      consentUrl = visit.headers.get('location') ?? ''
      const stateCookies = visit.headers.getSetCookie().filter((cookie) => /HttpOnly/i.test(cookie))
      return {
        status: visit.status,
        'sent to': withoutQuery(consentUrl),
        'state cookies set': stateCookies.length,
      }
    },
    expected: () => ({
      status: 302,
      'sent to': `${journey.pipedriveOrigin}/oauth/authorize`,
      'state cookies set': 1,
    }),
  }

  const consent: Step = {
    name: 'consent approved',
    async run() {
      consentPage = await browser.get(consentUrl)
      const approved = await browser.submit(consentPage, { decision: 'allow' })
      callbackUrl = approved.headers.get('location') ?? ''
      return {
        'page status': consentPage.status,
        'form status': approved.status,
        'sent to': withoutQuery(callbackUrl),
      }
    },
    expected: () => ({ 'page status': 200, 'form status': 303, 'sent to': playground.oauth.redirectUri }),
  }

  const callback: Step = {
    name: 'callback',
    async run() {
      const before = fake.tokenRequests().length
      const visit = await browser.get(callbackUrl)
      const installed = await Array.fromAsync(playground.oauth.installations())
      journey.id = installed[0]?.id
      const description = await journey.installation().describe()
      return {
        status: visit.status,
        'sent to': visit.headers.get('location') ?? 'nowhere',
        'token requests': fake.tokenRequests().length - before,
        installations: installed.length,
        who: `${description?.account.userName} of ${description?.account.companyName}`,
        'installation id': journey.installation().id,
      }
    },
    expected() {
      const { user, id } = fake.installations()[0]!
      const company = fake.companies.find((candidate) => candidate.id === user.companyId)
      return {
        status: 302,
        'sent to': returnTo,
        'token requests': 1,
        installations: 1,
        who: `${user.name} of ${company?.name}`,
        'installation id': id,
      }
    },
  }

  return [installLink, consent, callback]
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url
}
