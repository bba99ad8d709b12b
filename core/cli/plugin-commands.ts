// Commands that plugins bring: declared only when one of them is called, since the configuration has to be read for them.
import type { Command } from 'commander'
import { exit } from './terminal.ts'
import type { Does } from './command.ts'
import type { CommandDefinition } from '../contract/endpoints.ts'
import { loadChecked } from '../app/check-plugins.ts'
import type { Hooks } from '../contract/plugin.ts'

/** Adds the command of this name if a plugin of the config has it; otherwise commander says that it is unknown. */
export async function addPluginCommand(program: Command, does: Does, name: string, configFile: string): Promise<void> {
  const loaded = await loadChecked(configFile)
  const definition = loaded.ok ? commandOf(loaded.registry, name) : undefined
  if (!definition) return
  const command = program.command(`${name} ${definition.usage}`.trim()).description(definition.description)
  for (const [flags, description] of definition.options ?? []) command.option(flags, description)
  command.action(
    does(async ({ terminal, configFile: file }, ...given: unknown[]) => {
      const { withSession } = await import('./open-session.ts')
      return withSession(file, terminal, async ({ engine }) => {
        const hook = commandOf(engine.registry, name)
        const options = Object.fromEntries(
          Object.entries(command.opts()).filter((entry): entry is [string, string | boolean] =>
            ['string', 'boolean'].includes(typeof entry[1]),
          ),
        )
        // Behind the arguments commander hands the options.
        const args = given
          .slice(0, -1)
          .flat()
          .filter((word): word is string => typeof word === 'string')
        return hook ? hook.run({ args, options, print: (line) => terminal.print(line), json: terminal.json }) : exit.failed
      })
    }),
  )
}

function commandOf(
  registry: { readonly plugins: readonly { readonly hooks: Hooks }[] } | undefined,
  name: string,
): CommandDefinition | undefined {
  for (const { hooks } of registry?.plugins ?? []) {
    if (hooks.commands && Object.hasOwn(hooks.commands, name)) return hooks.commands[name]
  }
  return undefined
}
