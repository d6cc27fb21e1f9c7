import { execFileSync } from 'node:child_process'
import { serveTasks } from '@pd/test-support'
import { nodeSqliteDriver } from '../../src/drivers/node-sqlite.ts'
import { sqlStore } from '../../src/index.ts'

/** A process that file modes apply to: root gives its rights up and becomes the user nobody. */
export const tasks = {
  /** Does what a program does that only looks: it sets the store up and reads. */
  async look(_: undefined, file: string) {
    using driver = nodeSqliteDriver(file)
    const store = sqlStore(driver)
    await store.createTable()
    return {
      record: await store.get('1:2'),
      ids: (await store.list({ limit: 10 })).ids,
      needsAttention: await store.count({ attention: true }),
    }
  },

  /** Writes, and resolves to the name and message of the error. */
  async write(_: undefined, file: string) {
    using driver = nodeSqliteDriver(file)
    try {
      await sqlStore(driver).compareAndSet('1:3', undefined, { version: 'a', value: 'sealed' })
    } catch (error) {
      if (error instanceof Error) return `${error.name}: ${error.message}`
    }
    return 'written'
  },
}

if (process.getuid?.() === 0) {
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  const [user, group] = [idOf('-u'), idOf('-g')]
  process.setgroups?.([])
  process.setgid?.(group)
  process.setuid?.(user)
}
serveTasks(tasks, undefined)
