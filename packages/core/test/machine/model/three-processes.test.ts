import { holdsInAll } from './holds-in-all.ts'
import { threeProcesses, threeProcessesFurther } from './scenarios.ts'

const further = process.env['TEST_SIZE'] === 'full' ? threeProcessesFurther : []

holdsInAll('F02 F05 F06 F07 three processes share a refresh, in every order of events', [
  ...threeProcesses,
  ...further,
])
