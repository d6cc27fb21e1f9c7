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

test('a package can be imported, required, and found by TypeScript without `exports`', () => {
  const manifest = { name: '@pd/x', exports: { '.': './src/index.ts', './y': './src/y/y.ts' } }
  const { exports, main, types, typesVersions } = publishedManifest(manifest, 'packages/x', standIn)
  expect(exports).toEqual({
    '.': {
      import: { types: './dist/index.d.ts', default: './dist/index.js' },
      require: { types: './dist/cjs/index.d.ts', default: './dist/cjs/index.js' },
    },
    './y': {
      import: { types: './dist/y/y.d.ts', default: './dist/y/y.js' },
      require: { types: './dist/cjs/y/y.d.ts', default: './dist/cjs/y/y.js' },
    },
  })
  expect({ main, types, typesVersions }).toEqual({
    main: './dist/cjs/index.js',
    types: './dist/cjs/index.d.ts',
    typesVersions: { '*': { y: ['./dist/cjs/y/y.d.ts'] } },
  })
})

test('an entry that is not a source is refused by its name', () => {
  const manifest = { name: '@pd/x', exports: { './y': './dist/y.js' } }
  expect(() => publishedManifest(manifest, 'packages/x', standIn)).toThrow('./y is not a file below src')
})
