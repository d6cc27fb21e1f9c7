import { expect, test } from 'vitest'
import { WorkerProcess } from '../src/index.ts'
import type { echo } from './echo.ts'

const start = () => WorkerProcess.start<typeof echo>(new URL('./echo.ts', import.meta.url), {})

test('a worker runs a task and sends its result', async () => {
  await using worker = await start()

  expect(await worker.run('echo', 'hello')).toBe('hello')
})

test('a task that a killed worker does not finish, or cannot start, is rejected', async () => {
  await using worker = await start()
  const unfinished = worker.run('never', undefined).catch(String)
  await worker.kill()

  expect(await unfinished).toContain('SIGKILL')
  await expect(worker.run('echo', 'hello')).rejects.toThrow('closed')
})
