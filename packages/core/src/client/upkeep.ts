/** What a program calls now and then, beside its requests. The client loads it when it is first needed. */
export { checkStore } from './records/store-check.ts'
export { reseal } from './records/reseal.ts'
export { checkClient } from './tokens/client-check.ts'
export { keepAlive } from './tokens/keep-alive.ts'
export { health } from './health.ts'
export { listedInstallations } from './listed-installations.ts'
