/** What answers requests of the web flow, and its pages. `createWebAuth` loads it. */
export { refuse } from './refuse.ts'
export { WebFlow } from './web-flow.ts'
