import { problemsOf, unknownNames } from '../machine/problems.ts'
import { pageCodes } from './page-codes.ts'
import type { PagesOptions } from './page-look.ts'

/** Returns a sentence for everything that is wrong with the option `pages`. */
export function pagesProblems(pages: unknown): string[] {
  if (pages === undefined) return []
  if (!isObject(pages)) return ['pages must be an object']
  const { appName, logoUrl, accent, language, texts } = pages
  return [
    ...unknownNames(pages, knownOfPages, 'pages.'),
    ...problemsOf(
      [!isOptional(appName, /\S/), 'pages.appName must be a text'],
      [
        !isOptional(logoUrl, /^(https:\/\/[^\s"'<>;,]+|\/(?![/\\])[^\s"'<>;,]*|data:image\/[^\s"'<>]+)$/) ||
          (logoUrl !== undefined && !URL.canParse(String(logoUrl), 'https://own.invalid')),
        'pages.logoUrl must be https, a path such as /logo.svg, or an image as data:',
      ],
      [!isOptional(accent, /^#[0-9a-f]{6}$/i), 'pages.accent must be a colour such as #0a6b43'],
      [
        !isOptional(language, /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i),
        'pages.language must be a tag such as en or pt-BR',
      ],
      [texts !== undefined && !isObject(texts), 'pages.texts must be an object'],
    ),
    ...(isObject(texts) ? Object.entries(texts).flatMap(([code, text]) => textProblems(code, text)) : []),
  ]
}

const knownOfPages: Record<keyof PagesOptions, true> = {
  appName: true,
  logoUrl: true,
  accent: true,
  language: true,
  texts: true,
}

function textProblems(code: string, text: unknown): string[] {
  const name = `pages.texts.${code}`
  if (code === 'connect') return isOptional(text, /\S/) ? [] : [`${name} must be a text`]
  if (!pageCodes.has(code)) return [`${name} is not the code of a page`]
  if (!isObject(text)) return [`${name} must be an object with title and text`]
  return [
    ...unknownNames(text, { title: true, text: true }, `${name}.`),
    ...problemsOf(
      [!isOptional(text['title'], /\S/), `${name}.title must be a text`],
      [!isOptional(text['text'], /\S/), `${name}.text must be a text`],
    ),
  ]
}

function isOptional(value: unknown, form: RegExp): boolean {
  return value === undefined || (typeof value === 'string' && form.test(value))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
