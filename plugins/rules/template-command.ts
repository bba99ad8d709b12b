// `postern template render NAME --case REF`: what a template would say in a case.
import { systemOrigin } from '../../core/plugin.ts'
import type { CommandDefinition, Host, Locale } from '../../core/plugin.ts'
import { localeFor } from './run/answers.ts'
import { factsFor } from './conditions/facts.ts'
import type { RuleContext } from './conditions/facts.ts'
import type { Settings } from './settings.ts'
import type { Templates } from './files/template-files.ts'
import { valuesOf } from './conditions/variables.ts'

/** The command `template`, by name. It changes nothing; exit code 1: no such template or case, 2: wrong usage. */
export function templateCommand(
  host: Host<Settings>,
  context: RuleContext,
  templates: Templates,
): Readonly<Record<string, CommandDefinition>> {
  return {
    template: {
      description: 'list the templates, or render one as it would read in a case',
      usage: '<list|render> [name]',
      options: [
        ['--case <ref>', 'the case, as #12 or its id'],
        ['--locale <locale>', 'en or ru; default: that of the case'],
        ['--agent <id>', 'the agent who uses it'],
      ],
      async run({ args, options, print, json }) {
        const [what, name] = args
        if (what === 'list') {
          const all = [...templates.byName.values()].map(({ name: of, description, place }) => ({ name: of, description, place }))
          if (json) print(JSON.stringify(all, null, 2))
          else for (const t of all) print(`${t.name}${t.description ? `  ${t.description}` : ''}`)
          return 0
        }
        const template = name === undefined ? undefined : templates.byName.get(name)
        if (what !== 'render' || !template) {
          print(
            what === 'render'
              ? `there is no template ${name ?? ''}; there are ${[...templates.byName.keys()].join(', ')}`
              : 'postern template list | render NAME --case REF',
          )
          return what === 'render' && name !== undefined ? 1 : 2
        }
        const ref = typeof options.case === 'string' ? options.case : ''
        const answer = await host.transact(systemOrigin, async (tx) => {
          const c = await tx.cases.byRef(ref)
          if (!c) return null
          const facts = await factsFor(tx, c, undefined, context)
          const locale: Locale = options.locale === 'ru' || options.locale === 'en' ? options.locale : localeFor(facts)
          const values = await valuesOf(facts, {
            locale,
            echo: true,
            agent: typeof options.agent === 'string' ? host.config.agents.get(options.agent) : undefined,
            rule: null,
          })
          const words = template.words(c.mailbox, locale)
          return {
            subject: words.subject?.render(values) ?? null,
            text: words.text?.render(values) ?? null,
            html: words.html?.render(values) ?? null,
            attachments: template.attachments.map((a) => a.filename),
          }
        })
        if (!answer) {
          print(`there is no case ${ref}; name one with --case`)
          return 1
        }
        if (json) print(JSON.stringify(answer, null, 2))
        else {
          if (answer.subject !== null) print(`Subject: ${answer.subject}`)
          for (const file of answer.attachments) print(`Attachment: ${file}`)
          print('')
          print(answer.text ?? answer.html ?? '')
        }
        return 0
      },
    },
  }
}
