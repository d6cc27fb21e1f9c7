export { expectAgreement } from './agreement-tests.ts'
export { killWhileWriting } from './crash-tests.ts'
export {
  processSuite,
  scenesOn,
  type CreateScene,
  type Scale,
  type StoreHost,
  type StoreUnderTest,
} from './process-suite.ts'
