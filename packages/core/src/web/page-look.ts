import type { PageTexts } from './page-texts.ts'

/** How the pages look that this library serves: error pages, and the page with the install link in a frame. */
export interface PagesOptions {
  /** The app's name, shown above each title. Default: none. */
  readonly appName?: string | undefined
  /**
   * The address of the app's logo, shown 40 pixels high: https, a path of this application such as `/logo.svg`, or an image
   * as `data:`. Default: none.
   */
  readonly logoUrl?: string | undefined
  /** The colour of the button, such as `#0a6b43`. Its label is black or white, what is easier to read. Default: `#017737`. */
  readonly accent?: string | undefined
  /** The language of `texts`, as in `<html lang>`. Right-to-left scripts need nothing else. Default: `en`. */
  readonly language?: string | undefined
  /** Own texts, by error code. Codes without an entry keep the texts of this library. Default: none. */
  readonly texts?: PageTexts | undefined
}

/** How pages look, and who may frame them. */
export interface PageLook extends PagesOptions {
  /** The origins of the pages that may frame them. */
  readonly frameAncestors?: readonly string[] | undefined
}
