import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PipedriveOAuthError, ReauthorizationRequiredError, TokenEndpointError } from '@pd/oauth-core'
import { explainFailure } from '../src/failure.ts'
import { landscape, portrait, type Drawing } from '../src/pages/machine-drawing.ts'
import { dealsCard } from '../src/pages/deals-card.ts'
import { rendered } from '../src/pages/markup.ts'
import { remaining } from '../src/pages/moments.ts'

test.each([landscape, portrait])(
  'every arrow of the $name drawing is one that the machine takes',
  async (drawing) => {
    const architecture = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
    const taken = new Map(
      [...architecture.matchAll(/^ {2}(\S+) --> (\S+) : (.+)$/gm)].map(([, from, to, events]) => [
        `${from} ${to}`,
        events!.split('<br/>').map((event) => event.split(' / ')[0]),
      ]),
    )
    for (const { from, event, to } of drawing.arrows)
      expect(taken.get(`${known(from)} ${known(to)}`), `${from} to ${to}`).toContain(event)
  },
)

test.each([landscape, portrait])('the $name drawing has every state once', ({ nodes }: Drawing) => {
  expect(nodes.map(({ state }) => state).toSorted()).toEqual([
    'active',
    'in_doubt',
    'not_installed',
    'reauthorization_required',
    'refreshing',
  ])
})

test('hostile deals are text', async () => {
  const attack = '<script>alert(1)</script>'
  const deal = {
    id: 1,
    title: attack,
    value: 1,
    currency: attack,
    status: attack,
    expected_close_date: attack,
  }
  const card = await rendered(dealsCard('1:2', { readAt: 0, deals: [deal] }))
  expect(card.match(/&lt;script&gt;/g)).toHaveLength(3)
  expect(card).not.toContain('<script>')
})

test('what is left of a time reads as a clock', () => {
  expect([3_600_000, 3_599_000, 61_000, 59_001, 1, 0, -5].map(remaining)).toEqual([
    '1:00:00',
    '59:59',
    '1:01',
    '1:00',
    '0:01',
    '0:00',
    '0:00',
  ])
})

test('a failure is said in a sentence, with its code', () => {
  expect(explainFailure(new ReauthorizationRequiredError('not_installed', '1:2'))).toEqual({
    code: 'not_installed',
    sentence: 'There is no such installation: the user has to connect Pipedrive first (1:2).',
  })
  const later = new TokenEndpointError('token_endpoint_unavailable', { retryAfterMs: 1_200 })
  expect(later).toBeInstanceOf(PipedriveOAuthError)
  expect(explainFailure(later).sentence).toMatch(/try again later\. The next attempt is due in 2 s\.$/)
})

test('a failure of the playground itself is no sentence for the page', () => {
  const mistake = new TypeError('cannot read properties of undefined')
  expect(() => explainFailure(mistake)).toThrow(mistake)
})

/** How ARCHITECTURE.md calls the state of what is not there. */
function known(state: string): string {
  return state === 'not_installed' ? '[*]' : state
}
