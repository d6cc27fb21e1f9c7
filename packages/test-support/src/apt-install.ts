import { execFileSync } from 'node:child_process'

/**
 * Installs Debian packages, as root or through sudo without a password. `before` is a shell script that runs first.
 * @throws {Error} with the message `missing`, if that fails
 */
export function aptInstall(packages: string, missing: string, before = ''): void {
  const script = `
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    ${before}
    apt-get update -q &&
      apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold ${packages}`
  const [command, ...args] = process.getuid?.() === 0 ? ['sh'] : ['sudo', '-n', 'sh']
  console.log(`${packages} is not installed. Installing with apt-get`)
  try {
    execFileSync(command as string, [...args, '-c', script], { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (cause) {
    throw new Error(missing, { cause })
  }
}
