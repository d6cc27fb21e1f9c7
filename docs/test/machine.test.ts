import { describe, expect, test } from 'vitest'
import { effectText, fieldsOf } from '../.vitepress/theme/machine/describe.ts'
import { movesOf, newGame, play, type Game, type MoveName } from '../.vitepress/theme/machine/play.ts'
import { stories } from '../.vitepress/theme/machine/stories.ts'

const told = (moves: readonly MoveName[]) => moves.reduce(play, newGame())
const possible = (game: Game) =>
  Object.values(movesOf(game)).flatMap((moves) =>
    moves.filter(({ isPossible }) => isPossible).map(({ name }) => name),
  )
const story = (title: string) => told(stories.find((one) => one.title === title)!.moves)
const lastEffects = (game: Game) => game.turns.at(-1)!.effects.map((effect) => effectText(effect, game.now))

describe('the stories', () => {
  test.each(stories)('$title: each move is possible when it is its turn', ({ moves }) => {
    let game = newGame()
    for (const move of moves) {
      expect(possible(game)).toContain(move)
      game = play(game, move)
    }
  })

  test('two processes send one request', () => {
    const game = story('Two processes, one refresh')
    const sent = game.turns.flatMap(({ effects }) => effects.filter(({ type }) => type === 'refresh'))
    expect(sent).toHaveLength(1)
    expect(game.turns[3]!.effects.map(({ type }) => type)).toEqual(['wait'])
    expect(lastEffects(game)).toEqual(['hand access-5 to the caller'])
  })

  test('after a crash the other process takes over', () => {
    expect(story('A crash').record?.status).toBe('active')
  })

  test('a late answer is adopted', () => {
    const game = story('A late answer')
    expect(game.turns.at(-1)!.before?.status).toBe('in_doubt')
    expect(lastEffects(game)).toContain('event rival_token_adopted')
  })

  test('an uninstall stays one', () => {
    const game = story('Uninstalled meanwhile')
    expect([game.record, lastEffects(game)]).toEqual([undefined, []])
  })

  test('keepAlive() refreshes a grant that nobody uses', () => {
    expect(story('A grant that nobody uses').turns[2]!.effects.map(({ type }) => type)).toContain('refresh')
  })
})

test('fieldsOf() says which fields the last event changed', () => {
  const game = told(['connect', 'pass_hour', 'ask_A'])
  const changed = fieldsOf(game.record, game.turns.at(-1)!.before, game.now).filter(
    ({ hasChanged }) => hasChanged,
  )
  expect(changed.map(({ name, value }) => [name, value])).toEqual([
    ['status', 'refreshing'],
    ['lease.holder', 'A-2'],
    ['lease.until', 'in 30 s'],
  ])
})
