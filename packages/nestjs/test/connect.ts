import type { FakePipedrive } from '@pd/fake-pipedrive'
import type { Browser } from '@pd/test-support/journey'

/** A user connects: from the install link over the consent page and back. */
export async function connect(
  fake: FakePipedrive,
  browser: Browser,
  { user, expiresIn }: { readonly user?: string; readonly expiresIn?: number } = {},
): Promise<void> {
  if (expiresIn !== undefined)
    fake.faults.add({
      endpoint: 'token',
      grantType: 'authorization_code',
      fault: { type: 'override', fields: { expires_in: expiresIn } },
    })
  const install = await browser.page('/pipedrive/install')
  const back = await browser.page(await fake.approve(install.headers.get('location') ?? '', { user }))
  if (back.status !== 302) throw new Error(`The callback answered ${back.status}: ${await back.text()}`)
}
