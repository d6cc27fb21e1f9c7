import { expect, test } from 'vitest'
import { writtenPath } from '../../src/web/written-path.ts'

test.each([
  ['https://app.example.com/deals', '/deals'],
  ['HTTP://app.example.com:3000/deals?x=1', '/deals'],
  ['https://app.example.com/a/../b/%2e/c\\d', '/a/../b/%2e/c\\d'],
  ['https://app.example.com', ''],
  ['https://app.example.com?x=/deals', ''],
  ['/deals?next=https://other.example/x?y', '/deals'],
  ['/proxy/https://other.example/x', '/proxy/https://other.example/x'],
  ['//other.example/x', '//other.example/x'],
  ['', ''],
])('the written path of %s is %s', (address, path) => expect(writtenPath(address)).toBe(path))
