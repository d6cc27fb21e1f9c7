export {
  toFastifyHook,
  type FastifyExchange,
  type FastifyHook,
  type FastifyHookOptions,
} from './to-fastify-hook.ts'
