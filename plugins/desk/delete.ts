// Deleting or anonymising a case for good, or saying what that would take.
import Type from 'typebox'
import { defineAction } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Tx } from '../../core/plugin.ts'

/** The actions by name. They throw `conflict` for a case with the tag `keep`, for one of which mail may still leave, and to anonymise, for one that is not closed or has been before. */
export const deleteActions: Readonly<Record<string, ActionDefinition>> = {
  'case.delete': defineAction({
    description: 'Deletes a case with its mails, files, notes, plans and events; it cannot be taken back.',
    args: Type.Object({ dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would go' })) }),
    admin: true,
    run: (tx, { case: c, args }) => end(tx, c, 'delete', args.dry_run === true),
  }),
  'case.anonymise': defineAction({
    description:
      'Takes people, words, files, notes and fields out of a closed case, so that it counts in statistics and says nothing of anybody; it cannot be taken back.',
    args: Type.Object({ dry_run: Type.Optional(Type.Boolean({ description: 'Only count what would go' })) }),
    admin: true,
    run: (tx, { case: c, args }) => end(tx, c, 'anonymise', args.dry_run === true),
  }),
}

async function end(tx: Tx, c: Case, how: 'delete' | 'anonymise', dry: boolean): Promise<ActionResult> {
  const { leaving, ...contents } = dry ? await tx.cases.contents(c.id) : await tx.cases[how](c.id)
  const what = Object.entries(contents).map(([name, n]) => `${name.replace(/(?=[A-Z])/g, ' ').toLowerCase()} ${n}`)
  const said = `${dry ? `would ${how}` : `${how}d`} #${c.number}: ${what.join(', ')}`
  return { said, data: { number: c.number, dry_run: dry, ...contents, ...(dry && { leaving }) } }
}
