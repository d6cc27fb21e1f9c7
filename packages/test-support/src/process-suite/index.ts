export { expectAgreement } from './agreement-tests.ts'
export { killWhileWriting } from './crash-tests.ts'
export { processSuite, scenesOn } from './process-suite.ts'
export type { CreateScene, Scale, StoreHost, StoreUnderTest } from './store-under-test.ts'
