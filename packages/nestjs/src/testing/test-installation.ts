import { PipedriveOAuth, type Installation } from '@pd/oauth-core'
import { createFakePipedrive, type FakePipedrive, type UserRef } from '@pd/fake-pipedrive'
import { testOptions } from './test-options.ts'

/**
 * Returns a connected installation, for a handler that is called without Nest: `controller.findAll(await
 * testInstallation())`. It calls the API of `fake`. Default: a new fake, with its first user.
 */
export async function testInstallation(
  options: { readonly fake?: FakePipedrive | undefined; readonly user?: UserRef | undefined } = {},
): Promise<Installation> {
  const { fake = createFakePipedrive(), user } = options
  const oauth = new PipedriveOAuth(testOptions(fake))
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url, { user }), attempt)
  return installation
}
