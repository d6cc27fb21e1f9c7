import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

export default defineConfig({ test: { ...base, ...pure, ...sized(import.meta.dirname, {}) } })
