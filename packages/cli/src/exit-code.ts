/** The exit codes of all commands. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  configuration: 3,
  authorization: 4,
  pipedrive: 5,
  store: 6,
  refused: 7,
  incomplete: 8,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** What each exit code means. `--help` and the README use these texts. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'unexpected error',
  2: 'wrong flags or arguments',
  3: 'configuration: a flag, variable or file, the app’s credentials, or a port in use',
  4: 'the user has to connect, or did not allow access',
  5: 'Pipedrive or the network is temporarily unavailable; try again',
  6: 'the store cannot be used, or a record in it cannot be opened',
  7: 'Pipedrive’s API answered with a status of 400 or more',
  8: 'partly done: the output says what failed',
  130: 'interrupted (Ctrl-C)',
  143: 'ended by a signal (SIGTERM, SIGHUP)',
}
