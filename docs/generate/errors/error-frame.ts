import { PipedriveOAuthError, type LogDetails } from '@pd/oauth-core'
import { errorText } from '../../../packages/cli/src/error-text.ts'
import { exitCodeMeanings } from '../../../packages/cli/src/exit-code.ts'
import { errorPage } from '../../../packages/core/src/web/error-page.ts'
import { exitCodeOf } from '../../../packages/cli/src/exit-code-of.ts'
import { sampleClient, type Sample } from './sample.ts'
import { samples, type DocumentedCode } from './samples.ts'

/**
 * Returns what is generated for the page of a code: its facts, and its line in the log, which the logger itself writes.
 * @throws {Error} if the sample of the code is an error of another code
 */
export async function errorFrame(code: DocumentedCode): Promise<string> {
  const sample = samples[code]
  const error = await sample.error()
  if (!(error instanceof PipedriveOAuthError) || error.code !== code)
    throw new Error(`The sample of ${code} is ${String(error)}`)
  const exitCode = exitCodeOf(error)
  const page = error.name === 'LoginError' ? 'oauth-desktop' : 'oauth-core'
  return `
## Facts

| fact | value |
| --- | --- |
| class | [\`${error.name}\`](../api/${page}.md#${error.name.toLowerCase()}) |
| \`status\` | ${error.status} |
| \`retryable\` | \`${error.retryable}\` |
| exit code of \`pd-oauth\` | ${exitCode}: ${exitCodeMeanings[exitCode]} |
| \`error.docs\` | \`${error.docs}\` |

${pageSection(error, sample)}${shown(error, sample)}`
}

/** What a browser shows, if it shows a page: notices come from Pipedrive's servers. Its title is a heading, so that search finds it. */
function pageSection(error: PipedriveOAuthError, { request }: Sample): string {
  if (request === undefined || request.method === 'DELETE') return ''
  const { title, text } = errorPage(error, undefined)
  return `## In the browser\n\n### ${title}\n\n> ${text}\n\n`
}

function shown(error: PipedriveOAuthError, sample: Sample): string {
  const lines = linesOf(error, sample)
  if (lines.length > 0) return `## In the log\n\nAs ${lines[0]?.level}:\n\n${block(lines[0]?.message ?? '')}`
  if (sample.request === undefined)
    return `## What it says\n\nYour code gets the error; what it does not catch ends up where your runtime writes it. \`pd-oauth\` prints:\n\n${block(errorText(error))}`
  return `## In the log\n\nNothing: it is the answer to one user. An event \`request_refused\` tells of it. The error says:\n\n${block(error.message)}`
}

/** Returns the lines that the client's logger writes about an answer to a request. */
function linesOf(
  error: PipedriveOAuthError,
  { request, isRoute = false }: Sample,
): { readonly level: string; readonly message: string; readonly details: LogDetails }[] {
  const lines: { level: string; message: string; details: LogDetails }[] = []
  const logger = {
    error: (message: string, details: LogDetails) => void lines.push({ level: 'an error', message, details }),
    warn: (message: string, details: LogDetails) => void lines.push({ level: 'a warning', message, details }),
  }
  if (request !== undefined)
    sampleClient({ logger }).refusals.tell({ error, request, status: error.status, isRoute })
  return lines
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\`\n`
}
