// Tells of direct dependencies that have been behind for more than 90 days, and of advisories. Warnings only: a build must not depend on the day.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const patienceDays = 90
const dayMs = 86_400_000
const root = new URL('..', import.meta.url)

/** What `npm ...` says as JSON, or null where the registry does not answer. npm exits with 1 where it has something to say. */
function npm(...args) {
  try {
    return JSON.parse(
      execFileSync('npm', [...args, '--json'], { cwd: root, encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  } catch (error) {
    try {
      return JSON.parse(error.stdout)
    } catch {
      return null
    }
  }
}

const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const direct = { ...dependencies, ...devDependencies, ...optionalDependencies }
const outdated = npm('outdated')
if (outdated === null) process.stdout.write('the registry does not answer: nothing is said of dependencies\n')
for (const [name, one] of Object.entries(outdated ?? {})) {
  const { current, latest } = Array.isArray(one) ? one[0] : one
  if (!(name in direct) || current === undefined || current === latest) continue
  const published = npm('view', name, 'time')
  const waiting = published === null ? NaN : (Date.now() - Date.parse(published[latest])) / dayMs
  if (waiting > patienceDays && Date.parse(published[latest]) > Date.parse(published[current]))
    process.stdout.write(`warning: ${name} ${current} is behind: ${latest} has been out for ${Math.round(waiting)} days\n`)
}
const audit = npm('audit')
const found = audit?.metadata?.vulnerabilities
if (found === undefined) process.stdout.write('the registry does not answer: nothing is said of advisories\n')
else if (found.total > 0) {
  process.stdout.write(`warning: ${found.total} advisories (${found.critical} critical, ${found.high} high); see npm audit\n`)
  for (const name of Object.keys(audit.vulnerabilities ?? {})) process.stdout.write(`warning: an advisory concerns ${name}\n`)
} else process.stdout.write('no advisories\n')
