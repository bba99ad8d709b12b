// Runs scenario files: each test in a gateway of its own, step by step.
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { Temporal } from 'temporal-polyfill'
import { PosternError } from '../base/errors.ts'
import { parseConfig } from '../base/config/load.ts'
import { readYaml } from '../base/config/positions.ts'
import { formatProblem } from '../base/config/problems.ts'
import type { Problem } from '../base/config/problems.ts'
import type { Config } from '../base/config/types.ts'
import { compileSchema } from '../base/schema.ts'
import { isRecord } from '../base/schema-walk.ts'
import { parseDuration } from '../base/units.ts'
import { agentOrigin, systemOrigin } from '../contract/origin.ts'
import { loadConfigWithPlugins, loadWithPlugins } from '../app/load-plugins.ts'
import type { ConfigWithPlugins } from '../app/load-plugins.ts'
import { differences, fits } from './expect.ts'
import { scenarioFile } from './format.ts'
import type { ChatSpec, ReplySpec, Scenario, ScenarioFile, Step } from './format.ts'
import { memoryDatabase, openMemoryGateway } from './gateway-in-memory.ts'
import type { MemoryGateway, Sent } from './gateway-in-memory.ts'
import type { MemoryDatabase } from '../store/sqlite/sqlite-memory.ts'
import { addressOf, answerTo, bounceOf, newMail, personalAddress } from './mails.ts'
import type { Post, Posted } from './mails.ts'
import type { EnginePlugin } from '../contract/plugin.ts'
import type { FileResult, TestResult } from './result.ts'
import { eventsSince, lastEventId } from '../store/events.ts'

/** Runs all tests of the files, one file after the other, as they come. `monotonic`: ms, for durations. Never rejects for what a file holds. */
export async function* runScenarioFiles(
  files: Iterable<string> | AsyncIterable<string>,
  monotonic: () => number,
  only?: string,
): AsyncGenerator<FileResult> {
  const configs: Configs = new Map()
  try {
    for await (const file of files) {
      if (statSync(file, { throwIfNoEntry: false })?.isFile())
        yield await runRead(readScenario(readFileSync(file, 'utf8'), file), file, monotonic, only, configs)
      else yield { file, problems: [formatProblem({ file, line: 0, column: 0, path: '', message: 'there is no such file' })], tests: [] }
    }
  } finally {
    await close(configs)
  }
}

/** Runs all tests in a text that somebody else wrote, with the configuration file. It cannot name files of this machine. */
export async function runScenarioText(text: string, configFile: string, monotonic: () => number, only?: string): Promise<FileResult> {
  const configs: Configs = new Map()
  try {
    return await runRead(readScenario(text, 'scenario', configFile), 'scenario', monotonic, only, configs)
  } finally {
    await close(configs)
  }
}

/** Configurations that were read already, by their file, or by the file that holds them: files that test the same one share it. */
type Configs = Map<string, Promise<Loaded | Wrong>>

async function close(configs: Configs): Promise<void> {
  for (const loaded of await Promise.all(configs.values())) if ('database' in loaded) await loaded.database.stop()
}

async function runRead(read: Read, file: string, monotonic: () => number, only: string | undefined, configs: Configs): Promise<FileResult> {
  if (!read.ok) return { file, problems: read.problems.map(formatProblem), tests: [] }
  const { spec, place } = read
  const loaded = await configOf(spec, file, configs)
  if ('problems' in loaded) return { file, problems: loaded.problems, tests: [] }
  const tests: TestResult[] = []
  for (const [i, scenario] of spec.tests.entries()) {
    if (only !== undefined && !scenario.name.includes(only)) continue
    const began = monotonic()
    const failures: string[] = []
    let steps = 0
    try {
      await runScenario(
        scenario,
        spec,
        loaded,
        path.dirname(file),
        (at, lines) => {
          const name = scenario.steps[at]?.name ? `${scenario.steps[at].name}: ` : ''
          for (const line of lines) failures.push(`${place(['tests', i, 'steps', at])}: ${name}${line}`)
        },
        () => steps++,
      )
    } catch (error) {
      failures.push(
        `${place(['tests', i, 'steps', steps])}: ${error instanceof PosternError && error.detail ? error.detail : error instanceof Error ? error.message : String(error)}`,
      )
    }
    tests.push({ file, name: scenario.name, steps, failures, ms: monotonic() - began })
  }
  return { file, problems: [], tests }
}

type Read =
  | { readonly ok: true; readonly spec: ScenarioFile; place(at: readonly (string | number)[]): string }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `configFile`: for a text from outside, which may not choose the config or files itself. */
function readScenario(text: string, file: string, configFile?: string): Read {
  const read = readYaml(text, file, { env: {}, folder: configFile === undefined ? path.dirname(file) : null })
  if (!read.ok) return read
  const { yaml } = read
  const schema = compileSchema(scenarioFile)
  const given = yaml.value ?? {}
  const filled = schema.fill(configFile !== undefined && isRecord(given) && !('config' in given) ? { ...given, config: configFile } : given)
  const problems = [...yaml.problems, ...schema.issues(filled).map(yaml.problem)]
  if (problems.length > 0) return { ok: false, problems }
  const place = (at: readonly (string | number)[]): string => {
    const { line, column } = yaml.position(at, false)
    return `${file}:${line}:${column}`
  }
  const spec = schema.convert(filled)
  const kinds = ['mail', 'reply', 'chat', 'act', 'take', 'bounce', 'wait', 'until'] as const
  const wrong = spec.tests.flatMap((t, i) =>
    t.steps.flatMap((s, j) =>
      kinds.filter((k) => s[k] !== undefined).length > 1
        ? [
            {
              file,
              ...yaml.position(['tests', i, 'steps', j], false),
              path: `tests[${i}].steps[${j}]`,
              message: `one thing a step: ${kinds.filter((k) => s[k] !== undefined).join(' and ')} are two`,
            },
          ]
        : [],
    ),
  )
  const files =
    configFile === undefined
      ? []
      : reaching(spec, configFile).map(({ at, message }) => ({ file, ...yaml.position(at, false), path: '', message }))
  return wrong.length + files.length > 0 ? { ok: false, problems: [...wrong, ...files] } : { ok: true, spec, place }
}

/** What only the machine's own admin may ask for. */
function reaching(
  spec: ScenarioFile,
  configFile: string,
): readonly { readonly at: readonly (string | number)[]; readonly message: string }[] {
  const mails = spec.tests.flatMap((t, i) =>
    t.steps.flatMap((s, j) =>
      s.mail?.eml === undefined ? [] : [{ at: ['tests', i, 'steps', j, 'mail', 'eml'], message: 'files cannot be named here' }],
    ),
  )
  return spec.config === configFile
    ? mails
    : [{ at: ['config'], message: 'the configuration of the gateway is tested; none can be named here' }, ...mails]
}

interface Loaded {
  readonly config: Config
  readonly plugins: readonly EnginePlugin[]
  readonly database: MemoryDatabase
}

interface Wrong {
  readonly problems: readonly string[]
}

/** The config that is tested; a whole one stands as if in the folder of the scenario file. */
function configOf({ config }: ScenarioFile, file: string, configs: Configs): Promise<Loaded | Wrong> {
  const at = typeof config === 'string' ? path.resolve(path.dirname(file), config) : file
  const loaded = configs.get(at) ?? load(config, at, file)
  configs.set(at, loaded)
  return loaded
}

async function load(config: ScenarioFile['config'], at: string, file: string): Promise<Loaded | Wrong> {
  const env = { STATE_DIRECTORY: '/nonexistent', ...process.env }
  if (typeof config === 'string') return ready(await loadConfigWithPlugins(at, env), formatProblem)
  const beside = path.join(path.dirname(file), 'postern.yaml')
  return ready(
    await loadWithPlugins(parseConfig(JSON.stringify(config, null, 1), beside, { env }), beside),
    (p) => `${file}: config: ${p.path}: ${p.message}`,
  )
}

async function ready(loaded: ConfigWithPlugins, say: (problem: Problem) => string): Promise<Loaded | Wrong> {
  return loaded.ok
    ? { config: loaded.config, plugins: loaded.plugins, database: await memoryDatabase(loaded.plugins) }
    : { problems: loaded.problems.map(say) }
}

async function runScenario(
  scenario: Scenario,
  spec: ScenarioFile,
  { config, plugins, database }: Loaded,
  folder: string,
  failed: (step: number, lines: readonly string[]) => void,
  done: () => void,
): Promise<void> {
  const at = (local: string): number =>
    Temporal.PlainDateTime.from(local.trim().replace(' ', 'T')).toZonedDateTime(spec.timezone).epochMilliseconds
  const gateway = await openMemoryGateway(config, plugins, database, at(scenario.start ?? spec.start))
  const ignore = new Set(spec.ignore)
  let serial = 0
  let lastCase: string | null = null
  try {
    for (const [i, step] of scenario.steps.entries()) {
      const sentBefore = gateway.sent.length
      const eventsBefore = await lastEventId(gateway.database.write)
      const post: Post = {
        now: gateway.clock.now(),
        serial: () => ++serial,
        address: (a) => config.mailboxes.get(a)?.address ?? personalAddress(a, gateway) ?? a,
        isOurs: (a) => gateway.engine.registry.isOurs(a),
      }
      const what = await happen(step, gateway, post, folder, lastCase, at)
      lastCase = what.caseId ?? lastCase
      const events = await eventsSince(gateway.database.write, eventsBefore)
      const lines = await differences(
        step.expect ?? {},
        {
          gateway,
          sent: gateway.sent.slice(sentBefore),
          events,
          outcome: what.outcome,
          refused: what.refused,
          timezone: spec.timezone,
          caseId: lastCase,
        },
        ignore,
      )
      done()
      if (lines.length > 0) return failed(i, lines) // what follows would only be consequences
    }
  } finally {
    await gateway.stop()
  }
}

interface Happened {
  readonly outcome: string | null
  readonly refused: string | null
  readonly caseId: string | null
}

const nothing: Happened = { outcome: null, refused: null, caseId: null }

async function happen(
  step: Step,
  gateway: MemoryGateway,
  post: Post,
  folder: string,
  lastCase: string | null,
  at: (local: string) => number,
): Promise<Happened> {
  if (step.mail) {
    const { eml } = step.mail
    const posted =
      eml === undefined
        ? newMail(step.mail, post)
        : {
            ...newMail({ ...step.mail }, post),
            raw: Buffer.from(readFileSync(path.resolve(folder, eml), 'latin1').replace(/\r?\n/g, '\r\n'), 'latin1'),
          }
    return arrive(gateway, posted)
  }
  if (step.reply) return arrive(gateway, answerTo(chosen(gateway.sent, step.reply), step.reply, post))
  if (step.bounce) {
    const { of, status } = step.bounce
    const sent = gateway.sent.findLast((s) => s.rcpts.some((r) => r.toLowerCase() === of.toLowerCase()))
    if (!sent) throw new Error(`nothing was sent to ${of}`)
    return arrive(gateway, bounceOf(sent, of, status ?? '5.1.1', post))
  }
  if (step.chat) return write(gateway, step.chat)
  if (step.act) return order(gateway, { ...step.act, args: step.act.args ?? {} }, lastCase)
  if (step.take) {
    const { offer, args, as } = step.take
    const ref = step.take.case === undefined ? lastCase : String(step.take.case)
    const notices = await gateway.look(async (tx) => tx.notices.open((ref === null ? undefined : await tx.cases.byRef(ref))?.id ?? ''))
    const offered = notices.flatMap((n) => n.actions)
    const taken = offered.findLast((a) => a.name === offer)
    if (!taken)
      return {
        ...nothing,
        refused: `no notice offers ${offer}; they offer ${offered.map((a) => a.name).join(', ') || 'nothing'}`,
        caseId: lastCase,
      }
    return order(
      gateway,
      { action: taken.action, args: { ...taken.args, ...args }, ...(ref !== null && { case: ref }), ...(as !== undefined && { as }) },
      lastCase,
    )
  }
  if (step.wait !== undefined) {
    const ms = parseDuration(step.wait)
    if (ms === undefined) throw new Error(`not a duration: ${step.wait}`)
    await gateway.passUntil(gateway.clock.now() + ms)
  }
  if (step.until !== undefined) {
    if (at(step.until) < gateway.clock.now()) throw new Error(`${step.until} is past already`)
    await gateway.passUntil(at(step.until))
  }
  return nothing
}

interface Ordered {
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
  readonly case?: string | number
  readonly as?: string
}

async function order(gateway: MemoryGateway, { action, args, as, case: named }: Ordered, lastCase: string | null): Promise<Happened> {
  const ref = named === undefined ? lastCase : String(named)
  const caseless = gateway.engine.registry.action(action)?.on === 'none'
  if (as !== undefined && !gateway.config.agents.has(as)) throw new Error(`there is no agent ${as}`)
  const c = caseless || ref === null ? undefined : await gateway.look((tx) => tx.cases.byRef(ref))
  if (!caseless && !c) throw new Error(`there is no case ${ref ?? 'yet'}`)
  return orRefused(c?.id ?? null, async () => {
    const result = await gateway.act(
      action,
      caseless ? null : (c?.id ?? null),
      args,
      as === undefined ? systemOrigin : agentOrigin(as, 'api'),
    )
    return typeof result.data?.case === 'string' ? result.data.case : (c?.id ?? null)
  })
}

/** What was refused is an outcome; anything else breaks the test. */
async function orRefused(caseId: string | null, work: () => Promise<string | null>): Promise<Happened> {
  try {
    return { ...nothing, caseId: await work() }
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    return { ...nothing, refused: error.detail || error.message, caseId }
  }
}

function write(gateway: MemoryGateway, { id, text, contact, mailbox, files, finish }: ChatSpec): Promise<Happened> {
  return orRefused(null, async () => {
    const attachments = files?.map((f) => ({
      filename: f.name,
      content_type: f.type ?? 'application/octet-stream',
      content: Buffer.from(f.text ?? f.name).toString('base64'),
    }))
    const answer = finish
      ? await gateway.call('POST', '/v1/chats/:id/finish', { id })
      : await gateway.call(
          'POST',
          '/v1/chats/:id/messages',
          { id },
          {
            ...(text !== undefined && { text }),
            ...(contact && { contact }),
            ...(mailbox !== undefined && { mailbox }),
            ...(attachments && { attachments }),
          },
        )
    return isRecord(answer) && typeof answer.case === 'string' ? answer.case : null
  })
}

async function arrive(gateway: MemoryGateway, posted: Posted): Promise<Happened> {
  if (posted.rcpts.length === 0) throw new Error('the mail goes to none of our addresses')
  const taken = await gateway.receive(posted)
  return { outcome: taken.map((t) => t.outcome).join(', '), refused: null, caseId: taken.at(-1)?.caseId ?? null }
}

/** The last mail to somebody that fits. */
function chosen(sent: readonly Sent[], spec: ReplySpec): Sent {
  const me = addressOf(spec.as).toLowerCase()
  const words = (wanted: string | readonly string[] | undefined, text: string): boolean => wanted === undefined || fits(wanted, text)
  const found = sent.findLast(
    (s) => s.rcpts.some((r) => r.toLowerCase() === me) && words(spec.to?.subject, s.mail.subject) && words(spec.to?.text, s.mail.text),
  )
  if (!found)
    throw new Error(
      `nothing like that was sent to ${me}; there were ${sent.map((s) => `${s.mail.subject} to ${s.rcpts.join(', ')}`).join('; ') || 'no mails'}`,
    )
  return found
}
