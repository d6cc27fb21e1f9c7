import { defineConfig } from 'vitest/config'
import { base, pure } from '../../vitest.base.ts'

export default defineConfig({ test: { ...base, ...pure, exclude: ['test/nest-11/**'] } })
