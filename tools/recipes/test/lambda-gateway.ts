import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { handle, APIGatewayProxyResult, LambdaEvent } from 'hono/aws-lambda'

export type LambdaHandler = ReturnType<typeof handle>

/** One HTTP request, as AWS sees it. */
export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What AWS makes of a request, by what stands in front of the function. */
export const events = {
  /** @see [Function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html) */
  'function URL': (received) => httpApiEvent(received, 'abc.lambda-url.eu-central-1.on.aws', true),
  /** @see [HTTP API](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html) */
  'API Gateway, payload 2.0': (received) =>
    httpApiEvent(received, 'abc.execute-api.eu-central-1.amazonaws.com', false),
  /** @see [Load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html) */
  'load balancer with multi-value headers': ({ method, url, headers, body }) => ({
    requestContext: {
      elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/1' },
    },
    httpMethod: method,
    path: url.pathname,
    // A load balancer leaves values as they were sent.
    multiValueQueryStringParameters: Object.fromEntries(
      url.search
        .slice(1)
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair) => [pair.split('=', 1)[0]!, [pair.slice(pair.indexOf('=') + 1)]]),
    ),
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: body.toString('base64'),
    isBase64Encoded: true,
  }),
} satisfies Record<string, (received: Received) => unknown>

function httpApiEvent(
  { method, url, headers, body }: Received,
  domainName: string,
  isBase64Encoded: boolean,
) {
  const { cookie, ...others } = headers
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: others,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName,
      domainPrefix: 'abc',
      http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  }
}

/** Serves a function over HTTP on a port, by default a free one, as AWS does. */
export async function serveLambda(
  handler: LambdaHandler,
  toEvent: (received: Received) => unknown,
  port = 0,
): Promise<{ readonly origin: string; close(): void }> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request
    const result = (await handler(
      toEvent({
        method,
        url: new URL(url, 'http://localhost'),
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        body: await buffer(request),
      }) as LambdaEvent,
    )) as APIGatewayProxyResult & { readonly cookies?: string[] }
    const { statusCode, body, isBase64Encoded, cookies = [] } = result
    for (const [name, value] of Object.entries(result.headers ?? {})) response.appendHeader(name, value)
    for (const [name, values] of Object.entries(result.multiValueHeaders ?? {}))
      response.appendHeader(name, values)
    for (const cookie of cookies) response.appendHeader('set-cookie', cookie)
    response.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  }
}
