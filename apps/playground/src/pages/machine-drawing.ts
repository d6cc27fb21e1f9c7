/** The states of an installation, the absent one included. */
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
  readonly to: StateName
  readonly path: string
  /** What tells it from another arrow between the same two states. */
  readonly via?: Via
  readonly label: {
    readonly lines: readonly string[]
    readonly x: number
    readonly y: number
    readonly anchor: 'start' | 'middle' | 'end'
  }
}

/** How a refresh ended. */
export type Via = 'refreshed' | 'refresh_failed'

/** The machine on a sheet of one shape. */
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
    arrow('not_installed', 'active', 'M148 106H266', ['authorized'], 208, 100, 'middle'),
    arrow('active', 'not_installed', 'M268 138H150', ['uninstalled'], 208, 132, 'middle'),
    arrow('active', 'refreshing', 'M404 99H546', ['token_requested'], 476, 93, 'middle'),
    arrow('refreshing', 'active', 'M548 123H406', ['refreshed'], 476, 117, 'middle'),
    arrow('refreshing', 'active', 'M548 147H406', ['refresh_failed'], 476, 141, 'middle'),
    arrow(
      'refreshing',
      'in_doubt',
      'M636 156V286',
      ['refresh_refused', 'after a take-over'],
      628,
      257,
      'end',
    ),
    arrow(
      'refreshing',
      'reauthorization_required',
      'M576 156V218Q576 228 566 228H382Q372 228 372 238V286',
      ['refresh_refused'],
      474,
      222,
      'middle',
    ),
    arrow('in_doubt', 'reauthorization_required', 'M548 320H422', ['doubt ran out'], 485, 314, 'middle'),
    arrow(
      'in_doubt',
      'active',
      'M684 320H696Q706 320 706 310V42Q706 32 696 32H346Q336 32 336 42V82',
      ['refreshed, late but in time'],
      520,
      26,
      'middle',
    ),
    arrow('reauthorization_required', 'active', 'M304 288V158', ['authorized'], 297, 228, 'end'),
    arrow(
      'reauthorization_required',
      'not_installed',
      'M252 320H90Q80 320 80 310V158',
      ['uninstalled'],
      166,
      314,
      'middle',
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
    arrow('not_installed', 'active', 'M150 54V120', ['authorized'], 143, 92, 'end'),
    arrow('active', 'not_installed', 'M200 122V56', ['uninstalled'], 207, 92, 'start'),
    arrow('active', 'refreshing', 'M128 168V256', ['token_requested'], 121, 217, 'end'),
    arrow('refreshing', 'active', 'M200 258V170', ['refreshed'], 193, 217, 'end'),
    arrow('refreshing', 'active', 'M226 258V170', ['refresh_failed'], 233, 217, 'start'),
    arrow(
      'refreshing',
      'in_doubt',
      'M226 304Q226 340 256 350T276 394',
      ['…after a', 'take-over'],
      270,
      346,
      'start',
    ),
    arrow('refreshing', 'reauthorization_required', 'M140 304V394', ['refresh_refused'], 133, 352, 'end'),
    arrow('in_doubt', 'reauthorization_required', 'M236 423H170', ['doubt ran out'], 203, 466, 'middle'),
    arrow(
      'in_doubt',
      'active',
      'M328 423H334Q344 423 344 413V155Q344 145 334 145H243',
      ['refreshed late'],
      338,
      138,
      'end',
    ),
    arrow(
      'reauthorization_required',
      'active',
      'M22 423H16Q6 423 6 413V155Q6 145 16 145H107',
      ['authorized'],
      14,
      138,
      'start',
    ),
  ],
}

function arrow(
  from: StateName,
  to: StateName,
  path: string,
  lines: readonly string[],
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end',
): Arrow {
  const via = from === 'refreshing' && to === 'active' ? (lines[0] as Via) : undefined
  return { from, to, path, label: { lines, x, y, anchor }, ...(via === undefined ? {} : { via }) }
}
