import type { Installation, PipedriveOAuth } from '@pd/oauth-core'

/** What the examples in doc comments take for granted. Examples in documents bring everything themselves. */
declare global {
  const oauth: PipedriveOAuth
  const installation: Installation
}
