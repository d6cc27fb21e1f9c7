import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

const { exclude = [] } = sized(import.meta.dirname, {
  slow: ['test/nest-guide.test.ts', 'test/apps/slow-notice.test.ts'],
})

export default defineConfig({ test: { ...base, ...pure, exclude: [...exclude, 'test/nest-11/**'] } })
