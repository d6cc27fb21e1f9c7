import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

// Next's server makes AsyncLocalStorage global before it loads anything else.
const setupFiles = ['next/dist/server/node-environment-baseline.js']

export default defineConfig({
  test: { ...base, ...pure, ...sized(import.meta.dirname, {}), setupFiles },
})
