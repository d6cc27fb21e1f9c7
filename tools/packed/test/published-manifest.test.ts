import { expect, test } from 'vitest'
import { standIn } from '../owner.ts'
import { publishedManifest } from '../published-manifest.ts'

test('a manifest says where the package comes from, and nothing of how it is made', () => {
  expect(
    publishedManifest({ name: '@pd/x', scripts: {}, devDependencies: {} }, 'packages/x', standIn),
  ).toEqual({
    name: '@pd/x',
    homepage: 'https://owner.example.com',
    repository: { type: 'git', url: 'git+https://github.com/owner/repository.git', directory: 'packages/x' },
    bugs: 'https://github.com/owner/repository/issues',
  })
})
