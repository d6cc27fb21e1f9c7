import { serveTasks } from '../src/index.ts'

export const echo = {
  echo: (_: unknown, text: string): string => text,
  never: (): Promise<never> => new Promise(() => {}),
}

serveTasks(echo, undefined)
