import { runProgram } from './program.ts'

// Node 22 warns at each start that its SQLite is experimental. Users of the command cannot act on that.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

process.exitCode = await runProgram(process.argv.slice(2))
