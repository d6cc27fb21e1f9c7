import type { Ports, Project } from './make-project.ts'
import { runCommand, startCommand } from './run-command.ts'

/**
 * Gives the commands of a page to a terminal, one after the other. Those that `serves` matches go on until the test ends, as the
 * fake Pipedrive does. Resolves to what each of the others has printed.
 */
export async function follow(
  { folder, commands }: Project,
  { app, fake }: Ports,
  env: NodeJS.ProcessEnv,
  serves = /(?!)/,
): Promise<string[]> {
  const printed: string[] = []
  for (const command of commands)
    if (command.startsWith('npx fake-pipedrive')) {
      const own = command.includes('--redirect-uri')
        ? ''
        : `--redirect-uri http://localhost:${app}/pipedrive/callback`
      await startCommand(`${command} --port ${fake} ${own}`, folder, env, `http://127.0.0.1:${fake}`)
    } else if (serves.test(command))
      await startCommand(command, folder, { PORT: String(app), ...env }, `http://localhost:${app}/deals`)
    else printed.push(await runCommand(command, folder, env))
  return printed
}
