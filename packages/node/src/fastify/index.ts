export type { RequireInstallationOptions } from '@pd/oauth-core/adapter'
export {
  pipedriveAuth,
  type FastifyContext,
  type PipedriveAuth,
  type PipedriveAuthOptions,
} from './pipedrive-auth.ts'
export type { FastifyHook } from './answer-or-pass.ts'
export { toFastifyHook, type FastifyExchange, type FastifyHookOptions } from './to-fastify-hook.ts'
