/** A desktop program, as a process: logs in and says who it is. Its options come as JSON in `OPTIONS`. */
import { PipedriveOAuth, PipedriveOAuthError } from '@pd/oauth-core'
import { login, type LoginOptions } from '../../../src/index.ts'

const { client, options } = JSON.parse(process.env['SETUP'] ?? '{}') as {
  client: ConstructorParameters<typeof PipedriveOAuth>[0]
  options: LoginOptions
}
try {
  const { installation } = await login(new PipedriveOAuth(client), options)
  console.log(`logged in: ${installation.id}`)
} catch (error) {
  if (!(error instanceof PipedriveOAuthError)) throw error
  console.log(`failed: ${error.code}`)
}
