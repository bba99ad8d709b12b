// Deleting a case for good, or saying what that would take.
import Type from 'typebox'
import { defineAction } from '../../core/plugin.ts'
import type { ActionDefinition } from '../../core/plugin.ts'

/** The action `case.delete`, by name. Throws `conflict` for a case with the tag `keep`, and for one of which mail may still leave. */
export const deleteActions: Readonly<Record<string, ActionDefinition>> = {
  'case.delete': defineAction({
    description: 'Deletes a case with its mails, files, notes, plans and events; it cannot be taken back.',
    args: Type.Object({ dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would go' })) }),
    admin: true,
    async run(tx, { case: c, args }) {
      const { leaving, ...contents } = args.dry_run ? await tx.cases.contents(c.id) : await tx.cases.delete(c.id)
      const what = Object.entries(contents).map(([name, n]) => `${name.replace(/(?=[A-Z])/g, ' ').toLowerCase()} ${n}`)
      const said = `${args.dry_run ? 'would delete' : 'deleted'} #${c.number}: ${what.join(', ')}`
      return { said, data: { number: c.number, dry_run: args.dry_run === true, ...contents, ...(args.dry_run && { leaving }) } }
    },
  }),
}
