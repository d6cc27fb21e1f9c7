export { mistakeSuite, type Line, type Serve } from './mistake-suite.ts'
export { mistakes, type Mistake, type Visitor } from './mistakes.ts'
export { redeem } from '../redeem.ts'
export { refuseCallbackAddress } from './refused-codes.ts'
