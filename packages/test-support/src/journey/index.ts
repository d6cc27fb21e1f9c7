export { ageTokens } from './age-tokens.ts'
export { Browser } from './browser.ts'
export { connect, drive, expectedJourney, redirectUri, type Journey } from './drive.ts'
