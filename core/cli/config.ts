// Commands that need the configuration and no database: check, schema, plugins.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { fullJsonSchema } from '../base/config/json-schema.ts'
import { parseConfigFile } from '../base/config/load.ts'
import { formatProblem, shownAs } from '../base/config/problems.ts'
import type { Problem } from '../base/config/problems.ts'
import { answer, exit, table } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import type { Registry } from '../engine/registry.ts'
import { loadPlugin, shippedPlugins } from '../app/load-plugins.ts'
import { loadChecked } from '../app/check-plugins.ts'
import { loadSettled } from '../app/load-settled.ts'
import type { PluginDefinition } from '../contract/plugin.ts'

/** `postern check`: problems and warnings on standard error; exit code 78 with a problem. */
export async function runCheck(file: string, terminal: Terminal): Promise<number> {
  const shown = shownAs(file)
  const loaded = await loadChecked(shown)
  const problems = loaded.ok ? [] : loaded.problems
  const warnings = loaded.ok ? loaded.warnings : []
  if (terminal.json) answer(terminal, { ok: loaded.ok, file: shown, problems, warnings }, () => [])
  else {
    complain(problems, terminal)
    for (const warning of warnings) terminal.complain(`${formatProblem(warning)} (warning)`)
    if (loaded.ok)
      terminal.print(`${shown}: ok${warnings.length > 0 ? `, ${warnings.length} warning${warnings.length > 1 ? 's' : ''}` : ''}`)
  }
  return loaded.ok ? exit.ok : exit.config
}

/** Each problem as `file:line:column: message` on standard error. */
export function complain(problems: readonly Problem[], terminal: Terminal): void {
  for (const problem of problems) terminal.complain(formatProblem(problem))
}

/**
 * The configuration with its plugins, read when nobody is writing the file any more; or the exit code, and why is told: 78 for a wrong one,
 * 75 for a file that keeps changing, with which one would `again` have to begin.
 */
export async function readSettled(
  file: string,
  terminal: Terminal,
  again: 'start' | 'reload',
): Promise<Extract<Awaited<ReturnType<typeof loadChecked>>, { readonly ok: true }> | number> {
  const loaded = await loadSettled(file, systemClock)
  if ('changing' in loaded) {
    terminal.complain(`postern: ${loaded.changing} keeps changing; ${again} again when it is whole`)
    return exit.temporary
  }
  if (loaded.ok) return loaded
  complain(loaded.problems, terminal)
  return exit.config
}

/** `postern schema [file]`: knows the shipped plugins and those that the config names. */
export async function runSchema(configFile: string, target: string | undefined, terminal: Terminal): Promise<number> {
  const found = new Map<string, PluginDefinition>()
  const parsed = parseConfigFile(configFile)
  const named = parsed.ok ? parsed.doc.plugins : []
  for (const plugin of [...shippedPlugins().map((name) => ({ name, path: undefined })), ...named]) {
    const loaded = found.has(plugin.name) ? undefined : await loadPlugin(plugin.name, plugin.path, path.dirname(configFile))
    if (typeof loaded === 'object') found.set(plugin.name, loaded)
  }
  const schemas = new Map(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { config, description }]) => [name, { schema: config, description }]),
  )
  const text = JSON.stringify(fullJsonSchema(schemas), null, 2)
  if (target === undefined) terminal.print(text)
  else writeFileSync(target, `${text}\n`)
  return exit.ok
}

/** `postern plugins`: who runs when. */
export async function runPlugins(file: string, terminal: Terminal): Promise<number> {
  const loaded = await loadChecked(shownAs(file))
  if (!loaded.ok || !loaded.registry) {
    complain(loaded.ok ? [] : loaded.problems, terminal)
    return exit.config
  }
  const { registry } = loaded
  const plugins = registry.plugins.map(({ definition, hooks }, i) => ({
    position: i + 1,
    name: definition.name,
    description: definition.description,
    requires: definition.requires ?? [],
    actions: Object.keys(hooks.actions ?? {}),
    conditions: Object.keys(hooks.conditions ?? {}),
    filters: Object.keys(hooks.filters ?? {}),
    jobs: Object.keys(hooks.jobs ?? {}).map((job) => `${definition.name}.${job}`),
    crons: Object.entries(hooks.crons ?? {}).map(([name, cron]) => ({
      name: `${definition.name}.${name}`,
      pattern: cron.pattern,
      timezone: cron.timezone ?? 'UTC',
    })),
    routes: (hooks.routes ?? []).map(({ method, url, access }) => ({ method, url, access })),
    commands: Object.entries(hooks.commands ?? {}).map(([name, command]) => ({
      name,
      usage: command.usage,
      description: command.description,
    })),
    events: Object.keys(definition.events ?? {}),
  }))
  const order = hookOrder(registry)
  answer(terminal, { plugins, order }, () => [
    ...(plugins.length === 0 ? ['no plugins: mail is accepted and stored in cases, and nobody is told'] : []),
    ...table(plugins.map((p) => [String(p.position), p.name, p.description])),
    '',
    'What runs, in this order:',
    ...table(order.map(({ hook, plugins: names, how }) => [`  ${hook}`, names.join(', '), how])),
    '',
    ...table(
      plugins.flatMap((p) =>
        (['actions', 'conditions', 'filters', 'jobs'] as const)
          .map((what) => [what, p.name, p[what].join(', ')])
          .concat([['crons', p.name, p.crons.map((c) => `${c.name} (${c.pattern} ${c.timezone})`).join(', ')]])
          .concat([['routes', p.name, p.routes.map((r) => `${r.method} ${r.url} (${r.access})`).join(', ')]])
          .concat([['commands', p.name, p.commands.map((c) => `${c.name} ${c.usage}`.trim()).join(', ')]])
          .filter(([, , list]) => list !== ''),
      ),
    ),
  ])
  return exit.ok
}

/** Each kind of hook of a mail's way with the plugins in the order in which they are asked. */
function hookOrder(registry: Registry): readonly { readonly hook: string; readonly plugins: readonly string[]; readonly how: string }[] {
  const having = (hook: 'route' | 'intake' | 'finish'): readonly string[] =>
    registry.plugins.filter(({ hooks }) => hooks[hook] !== undefined).map(({ definition }) => definition.name)
  const events = [...registry.events.keys()].flatMap((type) => {
    const names = registry.plugins.filter(({ hooks }) => Object.hasOwn(hooks.on ?? {}, type)).map(({ definition }) => definition.name)
    return names.length > 0 ? [{ hook: `on ${type}`, plugins: names, how: '' }] : []
  })
  return [
    { hook: 'route', plugins: having('route'), how: '(the first answer wins)' },
    { hook: 'intake', plugins: having('intake'), how: '(until one takes or drops the mail)' },
    ...events,
    { hook: 'finish', plugins: having('finish'), how: '(once, with all events)' },
  ].filter(({ plugins }) => plugins.length > 0)
}
