export {
  pipedriveAuth,
  type FastifyContext,
  type PipedriveAuth,
  type RequireInstallationOptions,
} from './pipedrive-auth.ts'
export {
  toFastifyHook,
  type FastifyExchange,
  type FastifyHook,
  type FastifyHookOptions,
} from './to-fastify-hook.ts'
