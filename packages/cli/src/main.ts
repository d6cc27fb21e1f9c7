#!/usr/bin/env node
// An older Node could not even load the program, so this file uses only what every Node knows.
const lowestNode = 22

if (Number.parseInt(process.versions.node, 10) < lowestNode) {
  process.stderr.write(`pd-oauth needs Node ${lowestNode} or newer. This is Node ${process.versions.node}.\n`)
  process.exitCode = 3
} else {
  await import('./run.ts')
}
