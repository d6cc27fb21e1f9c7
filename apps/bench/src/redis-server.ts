import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'

/** A Redis of its own that keeps nothing on disk; it ends with this process, however that ends. */
export async function startRedis(): Promise<{ readonly port: number; stop(): void }> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const guarded = 'redis-server "$@" 2>&1 & server=$!; cat > /dev/null; kill -9 $server'
  const child = spawn('sh', ['-c', guarded, 'sh', ...args], { stdio: ['pipe', 'pipe', 'ignore'] })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (!output.includes('Ready to accept connections')) continue
    child.stdout.resume()
    return { port, stop: () => child.stdin.end() }
  }
  throw new Error(`redis-server did not come up; is it installed?\n${output}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
