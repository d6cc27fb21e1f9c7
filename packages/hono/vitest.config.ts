import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...pure,
    ...sized(import.meta.dirname, {
      slow: ['test/testing-guide.test.ts'],
      servers: ['test/{runtimes,redirects}.test.ts'],
    }),
  },
})
