import { holdsInAll } from './holds-in-all.ts'
import { uninstalls } from './scenarios.ts'

holdsInAll('F19 F20 F21 the user leaves and comes back, in every order of events', uninstalls)
