/** Serves a Lambda function as AWS does behind a function URL: `node serve-lambda.ts <file> <port>`. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { events, serveLambda, type LambdaHandler } from '../../recipes/test/lambda-gateway.ts'

const [file = '', port] = process.argv.slice(2)
const { handler } = (await import(pathToFileURL(resolve(file)).href)) as { handler: LambdaHandler }
await serveLambda(handler, events['function URL'], Number(port))
