import type { FakeAction } from './action.ts'

export const fakeActions = {
  expire: {
    label: 'Expire now',
    hint: 'Moves the clock forward by an hour, here and at Pipedrive.',
    async run(_installation, { feed }, controls) {
      controls.letAnHourPass()
      feed.surroundingsChanged()
      return {
        tone: 'plain',
        sentence:
          'The clock is an hour ahead, so every access token has expired. The library has not asked Pipedrive for a new one yet.',
      }
    },
  },

  kill: {
    label: 'Kill it at Pipedrive',
    hint: 'Pipedrive drops the token without telling us. The API then answers 401.',
    async run({ id }, _playground, controls) {
      controls.killAccessToken(id)
      return {
        tone: 'plain',
        sentence:
          'Pipedrive has dropped the access token without telling the library. Read the deals again: the API answers 401, and the library refreshes once.',
      }
    },
  },

  outage: {
    label: 'Simulate outage',
    endLabel: 'End the outage',
    hint: 'Pipedrive’s token endpoint answers 503.',
    async run(_installation, { feed }, controls) {
      controls.setOutage(!controls.isOut)
      feed.surroundingsChanged()
      return controls.isOut
        ? {
            tone: 'plain',
            sentence:
              'The token endpoint answers 503 from now on. A valid access token still works. Let it expire to see the cooldown.',
          }
        : {
            tone: 'good',
            sentence: 'The token endpoint works again. The next caller after the cooldown refreshes.',
          }
    },
  },

  uninstall: {
    label: 'Uninstall at Pipedrive',
    hint: 'Pipedrive sends its notice: a DELETE to our callback.',
    async run({ id }, _playground, controls) {
      const status = await controls.uninstall(id, 'sent')
      return status === undefined
        ? goneAlready
        : {
            tone: 'plain',
            sentence: 'Pipedrive sent its uninstall notice over HTTP.',
            figures: [['our answer', status]],
          }
    },
  },

  'uninstall-notice-lost': {
    label: 'Uninstall, notice lost',
    hint: 'Pipedrive ends the grant, but its notice never arrives.',
    async run({ id }, _playground, controls) {
      if (!controls.isInstalled(id)) return goneAlready
      await controls.uninstall(id, 'lost')
      return {
        tone: 'plain',
        sentence: 'Pipedrive has ended the grant, and its notice was lost. The next refresh will find out.',
      }
    },
  },
} satisfies Record<string, FakeAction>

const goneAlready = {
  tone: 'plain',
  sentence: 'The app is already uninstalled for this user at Pipedrive.',
} as const
