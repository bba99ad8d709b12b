// What `postern doctor` looks at in the Postfix beside it: the way to each mailbox, smuggling switches, limits of the transport that leads here, sizes, retries.
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import { wayFindings } from './doctor-way.ts'
import type { Finding } from './finding.ts'
import { readPostfix, secondsOf, transportLimits } from './postfix/settings.ts'
import type { PostfixOptions, PostfixSettings } from './postfix/settings.ts'

/** Nothing is found where there is no Postfix on this machine. */
export async function examinePostfix(
  config: Pick<Config, 'limits' | 'mailboxes' | 'hostname'>,
  clock: Clock,
  options: PostfixOptions,
): Promise<readonly Finding[]> {
  const { transport } = options
  let settings: PostfixSettings
  try {
    settings = await readPostfix(options)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return [{ level: 'ok', topic: 'postfix', message: 'there is no Postfix on this machine (no postconf)' }]
    return [{ level: 'warning', topic: 'postfix', message: `its settings could not be read: ${describeError(error)}` }]
  }
  const { values } = settings
  const findings: Finding[] = [{ level: 'ok', topic: 'postfix', message: `version ${values.get('mail_version') ?? 'unknown'}` }]
  const warn = (message: string, remedy: string): void => void findings.push({ level: 'warning', topic: 'postfix', message, remedy })

  for (const [name, what] of [
    ['smtpd_forbid_bare_newline', 'lets a second mail be smuggled inside of another, with any sender (CVE-2023-51764)'],
    [
      'smtpd_forbid_unauth_pipelining',
      'takes commands from clients that do not wait for its answers, which smuggling and spam programs use',
    ],
  ] as const) {
    const value = values.get(name)
    if (value === undefined)
      warn(`${name} is unknown to this Postfix, which therefore ${what}`, 'update Postfix (3.5.24, 3.6.14, 3.7.10, 3.8.5 or newer)')
    else if (value === 'no') warn(`${name} = no: it ${what}`, `postconf -e ${name}=yes`)
  }
  transportFindings(settings, transport, warn)
  const size = Number(values.get('message_size_limit') ?? 0)
  if (size === 0 || size > config.limits.message_size) {
    warn(
      `message_size_limit = ${size} is larger than limits.message_size = ${config.limits.message_size} here: Postfix would take mail that it then has to bounce`,
      `postconf -e message_size_limit=${config.limits.message_size}, or raise limits.message_size`,
    )
  }
  const backoff = secondsOf(values.get('maximal_backoff_time'))
  if (backoff > 900)
    warn(
      `maximal_backoff_time = ${values.get('maximal_backoff_time') ?? ''}: after a restart here, mail may wait so long in its queue`,
      'postconf -e minimal_backoff_time=60s maximal_backoff_time=900s queue_run_delay=60s',
    )
  // Every Postfix knows it; without it there is nothing to look things up in.
  if (values.has('transport_maps')) for (const one of await wayFindings(config, clock, options, settings)) findings.push(one)
  return findings
}

function transportFindings(
  { services, values }: PostfixSettings,
  transport: string,
  warn: (message: string, remedy: string) => void,
): void {
  const [[name = ''] = []] = transportLimits(transport)
  const cohort = values.get(name) ?? values.get('default_destination_concurrency_failed_cohort_limit')
  if (!services.some((service) => service.name === transport)) {
    warn(
      `master.cf has no transport \`${transport}\`: mail for Postern shares the limits of other mail, and one refused connection (a restart) can hold it for up to 4000 s`,
      'postern postfix shows the commands for this machine; or name yours with --transport',
    )
  } else if (cohort !== undefined && Number(cohort) > 0 && Number(cohort) < 10) {
    warn(
      `${name} = ${cohort}: so many refused connections in a row (a restart) hold all mail for Postern for minutes`,
      `postconf -e ${name}=10`,
    )
  }
}
