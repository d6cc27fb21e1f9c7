import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigurationError, PipedriveOAuth } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { createApp } from './app.ts'
import { readSettings } from './settings.ts'

try {
  const { clientId, clientSecret, redirectUri, secrets, database, port, pipedriveOrigin } = readSettings(
    process.env,
  )
  mkdirSync(dirname(database), { recursive: true })
  const driver = nodeSqliteDriver(database)
  const store = sqlStore(driver)
  await store.createTable()
  const oauth = new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri,
    secrets,
    store,
    endpoints: pipedriveOrigin === undefined ? undefined : { oauth: pipedriveOrigin, api: pipedriveOrigin },
  })

  const server = createApp(oauth).listen(port, (error) => {
    if (error === undefined) return console.log(`Listening on port ${port}`)
    console.error(`The server cannot listen on port ${port} (${error.message}). Choose another: PORT=3001`)
    process.exitCode = 1
    driver.close()
  })
  process.once('SIGTERM', () => {
    server.close(async () => {
      await oauth.settled()
      driver.close()
    })
    server.closeIdleConnections()
  })
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
