/** The texts of one page. What is missing keeps the text of this library. */
export interface PageText {
  readonly title?: string | undefined
  readonly text?: string | undefined
}

/**
 * Own texts of pages, by error code. `other` is the page for all codes without one of their own: the fault is then the
 * app's or Pipedrive's. `new_tab` is the page that leads out of a frame. `connect` is the label of the button.
 */
export interface PageTexts {
  readonly connect?: string | undefined
  readonly [code: string]: PageText | string | undefined
}
