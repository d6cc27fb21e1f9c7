import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Returns what axe finds wrong on a page and in its frames, one line for each rule and element. */
export async function axeViolations(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const frame of page.frames()) {
    if (!(await frame.evaluate(() => 'axe' in globalThis))) await frame.evaluate(axe.source)
    const run = () =>
      (globalThis as typeof globalThis & { axe: typeof axe }).axe.run({ iframes: false } as never)
    const { violations } = await frame.evaluate(run)
    for (const { id, nodes } of violations)
      found.push(...nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`))
  }
  return found
}

/** Returns the elements that are wider than their place: than the window, or than the card around them. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const problems: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) problems.push(`the page is ${scrollWidth} px wide in ${clientWidth} px`)
    for (const card of document.querySelectorAll('.card, main')) {
      const edge = card.getBoundingClientRect().right + 1
      for (const element of card.querySelectorAll('*')) {
        if (element.closest('.scroll, svg, select, .people ul') !== null) continue
        const { right, width } = element.getBoundingClientRect()
        if (width > 0 && right > edge)
          problems.push(`${element.outerHTML.slice(0, 120)} ends ${Math.round(right - edge)} px outside`)
      }
    }
    return problems
  })
}

/** Returns the texts in which a name is not isolated from the text around it. */
export function bareNames(page: Page, names: readonly string[]): Promise<string[]> {
  return page.evaluate((names) => {
    const problems: string[] = []
    const isIsolated = (text: string, name: string) =>
      !text.replaceAll(`\u2068${name}\u2069`, '').includes(name)
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      const own = node.parentElement?.closest('bdi, script, style')
      for (const name of names)
        if (own === null && !isIsolated(text, name)) problems.push(`text: ${text.trim().slice(0, 200)}`)
    }
    for (const element of document.querySelectorAll('*'))
      for (const { name: attribute, value } of element.attributes)
        for (const name of names)
          if (['aria-label', 'title', 'label', 'alt'].includes(attribute) && !isIsolated(value, name))
            problems.push(`${attribute}: ${value}`)
    return problems
  }, names)
}

/** Presses Tab through a page. Returns what has no ring of 3 : 1 around it when it has the focus. */
export async function weakFocus(page: Page): Promise<{ readonly stops: number; readonly weak: string[] }> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  const weak: string[] = []
  const seen = new Set<string>()
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate(() => {
      const element = document.activeElement
      if (element === null || element === document.body || element.localName === 'iframe') return undefined
      const all = [...document.querySelectorAll('*')]
      const style = getComputedStyle(element)
      const context = document.createElement('canvas').getContext('2d')!
      const luminance = (colour: string) => {
        context.clearRect(0, 0, 1, 1)
        context.fillStyle = colour
        context.fillRect(0, 0, 1, 1)
        const [r, g, b] = Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3), (part) => {
          const share = part / 255
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
        })
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
      }
      let around: Element | null = element.parentElement
      const clear = 'rgba(0, 0, 0, 0)'
      while (around !== null && getComputedStyle(around).backgroundColor === clear)
        around = around.parentElement
      const [a, b] = [style.outlineColor, around === null ? '#fff' : getComputedStyle(around).backgroundColor]
        .map(luminance)
        .toSorted((one, other) => other - one)
      return {
        key: String(all.indexOf(element)),
        name: element.outerHTML.slice(0, 100),
        width: style.outlineStyle === 'none' ? 0 : Number.parseFloat(style.outlineWidth),
        contrast: (a! + 0.05) / (b! + 0.05),
      }
    })
    if (focus === undefined) continue
    if (seen.has(focus.key)) break
    seen.add(focus.key)
    if (focus.width < 2 || focus.contrast < 3)
      weak.push(`${focus.name}: ${focus.width} px, ${focus.contrast.toFixed(1)} : 1`)
  }
  return { stops: seen.size, weak }
}
