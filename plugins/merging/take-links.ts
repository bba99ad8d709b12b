// The links of a case that is merged: those to other cases become the target's, those to the target itself go; and back.
import type { Case, Tx } from '../../core/plugin.ts'
import type { Link } from './tables.ts'

/** Links by which merges are found stay where they are. */
const own: ReadonlySet<string> = new Set(['merged', 'merged-into'])

/** Takes the links of the source over; what was done, for taking it back. */
export async function takeLinks(tx: Tx, source: Case, target: Case): Promise<readonly Link[]> {
  const taken: Link[] = []
  const there = await tx.cases.links(target.id)
  for (const { caseId: other, kind } of await tx.cases.links(source.id)) {
    if (own.has(kind)) continue
    const back = (await tx.cases.links(other)).find((l) => l.caseId === source.id && !own.has(l.kind))?.kind ?? kind
    const moved = other !== target.id && !there.some((l) => l.caseId === other && l.kind === kind)
    taken.push({ other, kind, back, moved })
  }
  for (const link of taken) {
    await tx.cases.unlink(source.id, link.other)
    if (link.moved) await tx.cases.link(target.id, link.kind, link.other, link.back)
  }
  return taken
}

/** Gives them back. */
export async function giveLinksBack(tx: Tx, source: Case, target: Case, links: readonly Link[]): Promise<void> {
  for (const { other, kind, back, moved } of links) {
    if (!(await tx.cases.get(other))) continue
    if (moved && (await tx.cases.links(target.id)).some((l) => l.caseId === other && l.kind === kind))
      await tx.cases.unlink(target.id, other)
    await tx.cases.link(source.id, kind, other, back)
  }
}
