const separators = ['/', '\\']
const ups = ['..', '%2e%2e', '.%2E', '%2e.']
const nothings = ['', '.', '%2e']
const tails = ['', '?code=c&state=s', '#/deals/1']
const routes = ['install', 'callback', 'disconnect', 'logout']

/**
 * Returns request targets that `new URL()` resolves to a route of the web flow, and that no router takes for one as they are
 * written:
 *
 *     target    = base step{depth of base} separator "pipedrive" separator route tail
 *     step      = separator [nothing separator] up
 *     separator = "/" / "\"
 *     up        = ".." / "%2e%2e" / ".%2E" / "%2e."
 *     nothing   = "." / "%2e"
 *     tail      = "" / "?…" / "#…"
 *
 * `bases`: what the target begins with, such as the path of a guarded page.
 */
export function spellingsOfRoutes(bases: readonly string[] = ['/deals/1', '/sub']): string[] {
  return bases.flatMap((base) =>
    separators.flatMap((separator) =>
      ups.flatMap((up) =>
        nothings.flatMap((nothing) => {
          const step = `${separator}${nothing && nothing + separator}${up}`
          const steps = step.repeat(base.split('/').length - 1)
          return routes.flatMap((route) =>
            tails.map((tail) => `${base}${steps}${separator}pipedrive${separator}${route}${tail}`),
          )
        }),
      ),
    ),
  )
}
