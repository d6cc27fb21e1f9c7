import { InvalidArgumentError } from '@commander-js/extra-typings'
import { chooseInstallation } from '../choose-installation.ts'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { requestBody } from '../api/request-body.ts'
import { writeResponse } from '../api/write-response.ts'
import type { RunCommand } from '../run-command.ts'

export function addApi(program: Program, run: RunCommand): void {
  program
    .command('api')
    .description('call Pipedrive’s API and print the response')
    .argument('<method>', 'GET, POST, PUT, PATCH, DELETE or HEAD', method)
    .argument('<path>', 'such as /api/v2/deals?status=open')
    .option(
      '-d, --data <body>',
      'send a body: text, @file, or - for standard input; its type is JSON unless -H sets another',
    )
    .option('-H, --header <line>', 'send a header, such as "Name: value"; may be repeated', collected, [])
    .option('-i, --include', 'also print the status and the headers')
    .addHelpText('after', '\nExample:\n  pd-oauth api POST /api/v2/deals -d \'{"title":"New deal"}\'')
    .action(
      run(async (context, method, path, { data, header, include = false }) => {
        const { input, output, signal } = context
        if (data !== undefined && ['GET', 'HEAD'].includes(method))
          throw new CliError(
            ExitCode.usage,
            `A ${method} request has no body. Leave -d out, or use POST, PUT or PATCH.`,
          )
        const headers = new Headers(header.map(headerOf))
        const body = data === undefined ? undefined : await requestBody(data, input)
        if (body !== undefined && !headers.has('content-type'))
          headers.set('content-type', 'application/json')
        const installation = await chooseInstallation(context, undefined)
        const response = await installation.fetch(path, { method, headers, body: body ?? null, signal })
        await writeResponse(response, include, output)
        if (response.status < 400) return ExitCode.ok
        output.error(`Pipedrive answered ${response.status} ${response.statusText}`.trimEnd())
        return ExitCode.refused
      }),
    )
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']

function method(value: string): string {
  const method = value.toUpperCase()
  if (methods.includes(method)) return method
  throw new InvalidArgumentError(`It must be one of ${methods.join(', ')}.`)
}

function collected(value: string, others: string[]): string[] {
  return [...others, value]
}

/** Parses a header. The command parser must not do it: its errors repeat the value, which may be a secret. */
function headerOf(line: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+):\s*((?!\s)[\t\x20-\x7e]*)$/.exec(line) ?? []
  if (name === '') throw new CliError(ExitCode.usage, 'A header (-H) must be "Name: value", in ASCII.')
  if (name.toLowerCase() === 'authorization')
    throw new CliError(
      ExitCode.usage,
      'Leave the Authorization header (-H) out. pd-oauth adds the access token itself.',
    )
  return [name, value]
}
