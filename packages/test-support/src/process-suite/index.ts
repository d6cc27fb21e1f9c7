export { expectAgreement } from './agreement-tests.ts'
export { killWhileWriting } from './crash-tests.ts'
export { processSuite } from './process-suite.ts'
export { stampedeTests } from './stampede-tests.ts'
export {
  scenesOn,
  type CreateScene,
  type Scale,
  type StoreHost,
  type StoreUnderTest,
} from './store-under-test.ts'
