import { memoryStore } from '@pd/oauth-core'

export const store = memoryStore() // for one process; a restart empties it
