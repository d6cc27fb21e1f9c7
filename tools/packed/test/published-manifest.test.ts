import { expect, test } from 'vitest'
import { standIn } from '../owner.ts'
import { publishedManifest } from '../published-manifest.ts'

test('a manifest says where the package comes from', () => {
  expect(publishedManifest({ name: '@pd/x' }, 'packages/x', standIn)).toEqual({
    name: '@pd/x',
    homepage: 'https://owner.example.com',
    repository: { type: 'git', url: 'git+https://github.com/owner/repository.git', directory: 'packages/x' },
    bugs: 'https://github.com/owner/repository/issues',
  })
})
