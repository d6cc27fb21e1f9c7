import { serveTasks } from '@pd/test-support'
import { openApp, type AppSetup } from './app.ts'
import { tasks } from './tasks.ts'

/** One process of the application. */
serveTasks(tasks, openApp(JSON.parse(process.env['WORKER'] ?? '') as AppSetup))
