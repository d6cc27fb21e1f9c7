export { connect } from './connect/connect.ts'
export {
  type ConnectOptions,
  type LoginAndRefreshOptions,
  type OffOptions,
  type RefreshOptions,
} from './connect/connect-options.ts'
export { sharedMemoryStore } from './connect/shared-memory-store.ts'
export { callbackUrlOf } from './login/callback-url-of.ts'
export { login } from './login/login.ts'
export { LoginError, type LoginErrorCode } from './login/login-error.ts'
export { type LoginOptions, type OpenContext, type Paste, type PasteContext } from './login/login-options.ts'
export { openBrowser } from './login/open-browser.ts'
