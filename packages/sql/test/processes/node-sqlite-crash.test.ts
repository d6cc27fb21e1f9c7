import { DatabaseSync } from 'node:sqlite'
import { expectAgreement, killWhileWriting, scenesOn } from '@pd/test-support/process-suite'
import { expect, test } from 'vitest'
import { createFolder } from './hosts.ts'
import { opener } from './node-sqlite-opener.ts'

const createScene = scenesOn({ opener, start: createFolder })

test('a SQLite file whose last writer was killed is sound, and has no lock left on it', async () => {
  await using scene = await createScene({ users: 5 })
  await killWhileWriting(scene, 7)

  using database = new DatabaseSync(scene.address.file)

  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.exec('BEGIN EXCLUSIVE; COMMIT')
  await expectAgreement(scene)
})
