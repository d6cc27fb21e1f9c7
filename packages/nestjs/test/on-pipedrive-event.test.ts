import 'reflect-metadata'
import { expect, test } from 'vitest'
import { ON_PIPEDRIVE_EVENT } from '../src/on-pipedrive-event.decorator.ts'
import { OnPipedriveEvent } from '../src/index.ts'

class Customers {
  @OnPipedriveEvent()
  all(): void {}

  @OnPipedriveEvent('installed', 'uninstalled')
  some(): void {}

  @OnPipedriveEvent({ clientIds: [' crm\n', 'sales'] })
  allOfTwoApps(): void {}

  @OnPipedriveEvent({}, 'installed')
  someOfItsApp(): void {}
}

test.each([
  ['all', { types: [], clientIds: undefined }],
  ['some', { types: ['installed', 'uninstalled'], clientIds: undefined }],
  ['allOfTwoApps', { types: [], clientIds: ['crm', 'sales'] }],
  ['someOfItsApp', { types: ['installed'], clientIds: undefined }],
] as const)('the decorator of %s says which events of which apps it hears', (name, expected) => {
  expect(Reflect.getMetadata(ON_PIPEDRIVE_EVENT, Customers.prototype[name])).toEqual(expected)
})

test('a method that Nest would never find is refused when its class is defined', () => {
  const refused = (decorate: () => unknown, name: string) =>
    expect(decorate).toThrow(
      expect.objectContaining({
        code: 'invalid_configuration',
        problems: [expect.stringContaining(`@OnPipedriveEvent() must not be on ${name}:`)],
      }),
    )
  refused(() => {
    class Static {
      @OnPipedriveEvent('installed')
      static welcome(): void {}
      leave(): void {}
    }
    return Static
  }, 'welcome')
  const welcome = Symbol('welcome')
  refused(() => {
    class Named {
      // @ts-expect-error: the types refuse it as well.
      @OnPipedriveEvent('installed')
      [welcome](): void {}
    }
    return Named
  }, 'Symbol(welcome)')
})
