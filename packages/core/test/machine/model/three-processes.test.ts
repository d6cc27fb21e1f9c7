import { holdsInAll } from './holds-in-all.ts'
import { threeProcesses } from './scenarios.ts'

holdsInAll('F02 F05 F06 F07 three processes share a refresh, in every order of events', threeProcesses)
