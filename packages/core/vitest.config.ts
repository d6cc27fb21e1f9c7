import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'
import { hangReporter } from './tools/hang-reporter.ts'

const reporters = [...[base.reporters ?? []].flat(), hangReporter(180_000)]

export default defineConfig({ test: { ...base, reporters } })
