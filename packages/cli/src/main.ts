#!/usr/bin/env node
import { runProgram } from './program.ts'

// Node 22 calls its own SQLite experimental each time. Whoever uses a command does not care.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

process.exitCode = await runProgram(process.argv.slice(2))
