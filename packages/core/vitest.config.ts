import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...pure,
    ...sized(import.meta.dirname, {
      slow: [
        'test/machine/model/{two-processes,three-processes,uninstalls,canonical}.test.ts',
        'test/machine/model/memory/memory-model.test.ts',
        'test/flow/keep-alive-herd.test.ts',
      ],
      // Windows cannot stop a process.
      servers: ['test/process/*.test.ts'],
    }),
    setupFiles: ['test/load-all-parts.ts'],
    // A zone with quarters of an hour and summer time: no instant may depend on where a process runs.
    env: { TZ: 'Pacific/Chatham' },
  },
})
