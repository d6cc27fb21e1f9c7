/** The states of an installation, with `not_installed` for none. */
export type StateName = 'not_installed' | 'active' | 'refreshing' | 'in_doubt' | 'reauthorization_required'

export interface Node {
  readonly state: StateName
  readonly lines: readonly string[]
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Arrow {
  readonly from: StateName
  /** The name of the event in the machine. */
  readonly event: string
  readonly to: StateName
  readonly path: string
  readonly label: {
    readonly lines: readonly string[]
    readonly x: number
    readonly y: number
    readonly anchor: Anchor
  }
}

/** A drawing of the machine for one shape of screen. */
export interface Drawing {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly nodes: readonly Node[]
  readonly arrows: readonly Arrow[]
}

/** For wide screens. */
export const landscape: Drawing = {
  name: 'landscape',
  width: 720,
  height: 362,
  nodes: [
    { state: 'not_installed', lines: ['not installed'], x: 12, y: 84, width: 136, height: 72 },
    { state: 'active', lines: ['active'], x: 268, y: 84, width: 136, height: 72 },
    { state: 'refreshing', lines: ['refreshing'], x: 548, y: 84, width: 136, height: 72 },
    {
      state: 'reauthorization_required',
      lines: ['re-authorization', 'required'],
      x: 252,
      y: 288,
      width: 168,
      height: 64,
    },
    { state: 'in_doubt', lines: ['in doubt'], x: 548, y: 288, width: 136, height: 64 },
  ],
  arrows: [
    arrow('not_installed', 'authorized', 'active', 'M148 106H266', ['authorized'], [208, 100]),
    arrow('active', 'uninstalled', 'not_installed', 'M268 138H150', ['uninstalled'], [208, 132]),
    arrow('active', 'token_requested', 'refreshing', 'M404 99H546', ['token_requested'], [476, 93]),
    arrow('refreshing', 'refreshed', 'active', 'M548 123H406', ['refreshed'], [476, 117]),
    arrow('refreshing', 'refresh_failed', 'active', 'M548 147H406', ['refresh_failed'], [476, 141]),
    arrow(
      'refreshing',
      'refresh_refused',
      'in_doubt',
      'M636 156V286',
      ['refresh_refused', 'after a take-over'],
      [628, 257, 'end'],
    ),
    arrow(
      'refreshing',
      'refresh_refused',
      'reauthorization_required',
      'M576 156V218Q576 228 566 228H382Q372 228 372 238V286',
      ['refresh_refused'],
      [474, 222],
    ),
    arrow(
      'in_doubt',
      'token_requested',
      'reauthorization_required',
      'M548 320H422',
      ['no late save'],
      [485, 314],
    ),
    arrow(
      'in_doubt',
      'refreshed',
      'active',
      'M684 320H696Q706 320 706 310V42Q706 32 696 32H346Q336 32 336 42V82',
      ['refreshed (late save)'],
      [520, 26],
    ),
    arrow(
      'reauthorization_required',
      'authorized',
      'active',
      'M304 288V158',
      ['authorized'],
      [297, 228, 'end'],
    ),
    arrow(
      'reauthorization_required',
      'uninstalled',
      'not_installed',
      'M252 320H90Q80 320 80 310V158',
      ['uninstalled'],
      [166, 314],
    ),
  ],
}

/** For narrow screens. */
export const portrait: Drawing = {
  name: 'portrait',
  width: 350,
  height: 470,
  nodes: [
    { state: 'not_installed', lines: ['not installed'], x: 109, y: 8, width: 132, height: 46 },
    { state: 'active', lines: ['active'], x: 109, y: 122, width: 132, height: 46 },
    { state: 'refreshing', lines: ['refreshing'], x: 109, y: 258, width: 132, height: 46 },
    {
      state: 'reauthorization_required',
      lines: ['re-authorization', 'required'],
      x: 22,
      y: 396,
      width: 146,
      height: 54,
    },
    { state: 'in_doubt', lines: ['in doubt'], x: 236, y: 396, width: 92, height: 54 },
  ],
  arrows: [
    arrow('not_installed', 'authorized', 'active', 'M150 54V120', ['authorized'], [143, 92, 'end']),
    arrow('active', 'uninstalled', 'not_installed', 'M200 122V56', ['uninstalled'], [207, 92, 'start']),
    arrow('active', 'token_requested', 'refreshing', 'M128 168V256', ['token_requested'], [121, 217, 'end']),
    arrow('refreshing', 'refreshed', 'active', 'M200 258V170', ['refreshed'], [193, 217, 'end']),
    arrow('refreshing', 'refresh_failed', 'active', 'M226 258V170', ['refresh_failed'], [233, 217, 'start']),
    arrow(
      'refreshing',
      'refresh_refused',
      'in_doubt',
      'M226 304V318Q226 328 236 328H276Q286 328 286 338V394',
      ['…after a', 'take-over'],
      [279, 354, 'end'],
    ),
    arrow(
      'refreshing',
      'refresh_refused',
      'reauthorization_required',
      'M140 304V394',
      ['refresh_refused'],
      [133, 352, 'end'],
    ),
    arrow(
      'in_doubt',
      'token_requested',
      'reauthorization_required',
      'M236 423H170',
      ['no late save'],
      [203, 466],
    ),
    arrow(
      'in_doubt',
      'refreshed',
      'active',
      'M328 423H334Q344 423 344 413V155Q344 145 334 145H243',
      ['refreshed late'],
      [338, 138, 'end'],
    ),
    arrow(
      'reauthorization_required',
      'authorized',
      'active',
      'M22 423H16Q6 423 6 413V155Q6 145 16 145H107',
      ['authorized'],
      [14, 138, 'start'],
    ),
  ],
}

type Anchor = 'start' | 'middle' | 'end'

function arrow(
  from: StateName,
  event: string,
  to: StateName,
  path: string,
  lines: readonly string[],
  [x, y, anchor = 'middle']: readonly [x: number, y: number, anchor?: Anchor],
): Arrow {
  return { from, event, to, path, label: { lines, x, y, anchor } }
}
