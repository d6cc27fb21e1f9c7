import { createScene } from './scene.ts'

/** A running client whose clock the test sets back, with one connected user. */
export async function createSetBackScene(options: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(options)
  let byMs = 0
  const clock = { now: () => scene.clock.now() - byMs, sleep: scene.clock.sleep }
  const client = (changes: Parameters<typeof scene.client>[0] = {}) => scene.client({ clock, ...changes })
  const oauth = client()
  await scene.connect(oauth)
  return { ...scene, client, oauth, setBack: (ms: number) => void (byMs += ms) }
}
