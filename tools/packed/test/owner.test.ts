import { expect, test } from 'vitest'
import { ownerProblems, standIn } from '../owner.ts'

test('addresses that are empty are not published', () => {
  expect(ownerProblems({ repository: '', site: '' })).toEqual([
    'owner.json: repository is empty. Give its address, then pack again.',
    'owner.json: site is empty. Give its address, then pack again.',
  ])
})

test.each(['http://github.com/a/b', 'https://github.com/a/b.git', 'https://github.com/a/b/', 'a/b'])(
  '%s is no address of a repository',
  (repository) => expect(ownerProblems({ ...standIn, repository })).toHaveLength(1),
)

test('addresses of the usual form are fine', () => {
  expect(ownerProblems(standIn)).toEqual([])
})
