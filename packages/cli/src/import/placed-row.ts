/** A row and its place for messages, such as `line 3` or `row 2`. */
export interface PlacedRow {
  readonly place: string
  /** The parsed row. */
  readonly row?: unknown
  /** Why there is no row. */
  readonly problem?: string
}
