import { holdsInAll } from './holds-in-all.ts'
import { twoProcesses } from './scenarios.ts'

holdsInAll(
  'F02 F05 F06 F07 F09 F35 F37 two processes share a refresh, in every order of events',
  twoProcesses,
)
