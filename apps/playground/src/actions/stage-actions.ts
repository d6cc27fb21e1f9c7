import type { StageAction } from './action.ts'

export const stageActions = {
  expire: {
    label: 'Expire now',
    hint: 'An hour passes, at Pipedrive and here.',
    async run(_installation, { feed }, stage) {
      stage.letAnHourPass()
      feed.lookAgain()
      return {
        tone: 'plain',
        sentence:
          'An hour has passed: every access token is past its time. Nothing was asked of Pipedrive yet.',
      }
    },
  },

  kill: {
    label: 'Kill it at Pipedrive',
    hint: 'Unannounced: the API will answer 401.',
    async run({ id }, _playground, stage) {
      stage.killAccessToken(id)
      return {
        tone: 'plain',
        sentence:
          'Pipedrive has dropped the access token and told nobody. Read the deals to see a 401 answered by one refresh.',
      }
    },
  },

  outage: {
    label: 'Simulate outage',
    endLabel: 'End the outage',
    hint: 'The token endpoint answers 503.',
    async run(_installation, { feed }, stage) {
      stage.setOutage(!stage.isOut)
      feed.lookAgain()
      return stage.isOut
        ? {
            tone: 'plain',
            sentence:
              'The token endpoint answers 503 from now on. A valid access token goes on serving; let it expire to see the cooldown.',
          }
        : {
            tone: 'good',
            sentence: 'The token endpoint answers again. The next caller after the cooldown refreshes.',
          }
    },
  },

  uninstall: {
    label: 'Uninstall at Pipedrive',
    hint: 'A DELETE comes to our callback.',
    async run({ id }, _playground, stage) {
      const status = await stage.uninstall(id, 'sent')
      return status === undefined
        ? goneAlready
        : {
            tone: 'plain',
            sentence: 'Pipedrive sent its notice over HTTP.',
            figures: [['our answer', status]],
          }
    },
  },

  'uninstall-unheard': {
    label: 'Uninstall, notice lost',
    hint: 'The DELETE never arrives.',
    async run({ id }, _playground, stage) {
      if (!stage.isInstalled(id)) return goneAlready
      await stage.uninstall(id, 'lost')
      return {
        tone: 'plain',
        sentence: 'Pipedrive has ended the grant, and its notice got lost. The next refresh will find out.',
      }
    },
  },
} satisfies Record<string, StageAction>

const goneAlready = {
  tone: 'plain',
  sentence: 'At Pipedrive the app is not installed for this user any more.',
} as const
