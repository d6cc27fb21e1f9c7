import { fileURLToPath } from 'node:url'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // The packages are in this repository, above this folder. An application that installs them needs no configuration.
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
}

export default config
