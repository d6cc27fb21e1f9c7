export type { RequireInstallationOptions } from '@pd/oauth-core/adapter'
export { pipedriveAuth, type FastifyContext, type PipedriveAuth } from './pipedrive-auth.ts'
export {
  toFastifyHook,
  type FastifyExchange,
  type FastifyHook,
  type FastifyHookOptions,
} from './to-fastify-hook.ts'
