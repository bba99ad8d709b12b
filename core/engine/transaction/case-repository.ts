// Cases, written: every change is one update and one event per kind of change.
import { PosternError } from '../../base/errors.ts'
import * as store from '../../store/cases.ts'
import type { Address } from '../../mail/address.ts'
import { toCase } from './from-rows.ts'
import { merge, unmerge } from './merge-cases.ts'
import type { Origin } from '../../contract/origin.ts'
import { putWatcher } from '../../store/watchers.ts'
import type { WatcherRow } from '../../store/watchers.ts'
import type { CaseRepository, CasePatch, Watcher } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'
import type { Case } from '../../contract/model.ts'

/** Pointers that are followed one after another at most. */
const longestChain = 16

/** The cases of one transaction; what it emits carries this origin. */
export function caseRepository(unit: TransactionContext, origin: Origin): Omit<CaseRepository, 'contents' | 'delete' | 'anonymise'> {
  const read = async (id: string): Promise<Case> => {
    const row = await unit.rows.case(id)
    if (!row) throw new PosternError('not_found', `case ${id}`)
    return toCase(row)
  }

  return {
    async get(id) {
      const row = await unit.rows.case(id)
      return row && toCase(row)
    },
    async byRef(ref) {
      const row = await store.caseByRef(unit.db, ref)
      return row && toCase(unit.rows.current(row))
    },
    lock: async (id) => toCase(await unit.lock(id)),
    async lockCurrent(id) {
      let at = await unit.lock(id)
      for (let i = 0; at.merged_into !== null && i < longestChain && (await unit.rows.case(at.merged_into)); i++)
        at = await unit.lock(at.merged_into)
      return toCase(at)
    },
    async current(id) {
      const row = await unit.rows.case(id)
      return row && toCase(unit.rows.current(await store.followMerge(unit.db, row)))
    },
    merged: async (id) => (await store.mergedInto(unit.db, id)).map(toCase),
    merge: (from, to) => merge(unit, from, to),
    unmerge: (from, to, part) => unmerge(unit, from, to, part),
    async create(spec) {
      const mailbox = unit.registry.config.mailboxes.get(spec.mailbox)
      if (!mailbox) throw new PosternError('invalid', `there is no mailbox "${spec.mailbox}"`)
      const id = unit.parts.ids.next()
      const row = await unit.rows.insertCase(
        {
          id,
          mailbox: spec.mailbox,
          channel: spec.channel ?? 'mail',
          subject: spec.subject,
          status: spec.status ?? 'open',
          assignee: spec.assignee ?? mailbox.assignee ?? null,
          groupId: spec.group ?? null,
          requester: { address: spec.requester.address.toLowerCase(), name: spec.requester.name },
          locale: spec.locale ?? null,
          origin: origin.kind === 'system' ? 'customer' : origin.kind,
          ...(spec.custom && { custom: spec.custom }),
        },
        unit.now,
        unit.numbers?.take(),
      )
      unit.created(id)
      if (spec.cc && spec.cc.length > 0) await store.addPeople(unit.db, id, 'cc', spec.cc, unit.now)
      return toCase(row)
    },
    async created(id) {
      const c = await read(id)
      await unit.emit(origin, 'case.created', id, { message: null }, c.mailbox)
    },
    async set(id, patch) {
      const before = toCase(await unit.lock(id))
      check(unit, patch)
      const changes = differences(before, patch)
      if (Object.keys(changes).length === 0) return before
      const after = toCase(await unit.rows.changeCase(id, { ...changes, ...(changes.status && { status_at: unit.now }) }, unit.now))
      if (after.status !== before.status)
        await unit.emit(origin, 'case.status_changed', id, { from: before.status, to: after.status }, after.mailbox)
      if (after.assignee !== before.assignee || after.group !== before.group) {
        await unit.emit(origin, 'case.assigned', id, { assignee: after.assignee, group: after.group, from: before.assignee }, after.mailbox)
      }
      if (after.subject !== before.subject)
        await unit.emit(origin, 'case.subject_changed', id, { from: before.subject, to: after.subject }, after.mailbox)
      if (after.requester.address !== before.requester.address) {
        await unit.emit(
          origin,
          'case.people_changed',
          id,
          { added: [after.requester.address], removed: [before.requester.address], role: 'requester' },
          after.mailbox,
        )
      }
      if (patch.custom) {
        const fields = Object.keys({ ...before.custom, ...after.custom }).filter(
          (k) => JSON.stringify(before.custom[k]) !== JSON.stringify(after.custom[k]),
        )
        if (fields.length > 0) await unit.emit(origin, 'case.custom_changed', id, { fields }, after.mailbox)
      }
      return after
    },
    cc: async (id) => (await unit.rows.people(id)).filter((p) => p.role === 'cc').map(({ address, name }) => ({ address, name })),
    bcc: async (id) => (await unit.rows.people(id)).filter((p) => p.role === 'bcc').map(({ address, name }) => ({ address, name })),
    async setPeople(id, role, people) {
      const c = await unit.lock(id)
      const before = (await unit.rows.people(id)).filter((p) => p.role === role)
      const wanted = distinct(people)
      const added = wanted.filter((p) => !before.some((b) => b.address === p.address)).map((p) => p.address)
      const removed = before.filter((b) => !wanted.some((p) => p.address === b.address)).map((b) => b.address)
      if (added.length === 0 && removed.length === 0) return
      await store.setPeople(unit.db, id, role, wanted, unit.now)
      await unit.rows.changeCase(id, {}, unit.now)
      await unit.emit(origin, 'case.people_changed', id, { added, removed, role }, c.mailbox)
    },
    tags: (id) => unit.rows.tags(id),
    async tag(id, change) {
      const c = await unit.lock(id)
      const added = await store.addTags(unit.db, id, (change.add ?? []).map(cleanTag).filter(Boolean))
      const removed = await store.removeTags(unit.db, id, (change.remove ?? []).map(cleanTag))
      if (added.length === 0 && removed.length === 0) return
      await unit.rows.changeCase(id, {}, unit.now)
      await unit.emit(origin, 'case.tags_changed', id, { added, removed }, c.mailbox)
    },
    watchers: async (id) => (await unit.rows.watchers(id)).map(toWatcher),
    async watch(id, agent, choice) {
      const c = await unit.lock(id)
      const known = (await unit.rows.watchers(id)).find((w) => w.agent === agent)
      const before = known ? toWatcher(known) : { agent, follows: false, mutedUntil: null }
      const after = { ...before, ...choice }
      const { follows, mutedUntil } = after
      if (follows === before.follows && mutedUntil === before.mutedUntil) return
      await putWatcher(unit.db, id, { agent, follows: follows ? 1 : 0, muted_until: mutedUntil })
      await unit.rows.changeCase(id, {}, unit.now)
      if (follows !== before.follows) await unit.emit(origin, follows ? 'case.followed' : 'case.unfollowed', id, { agent }, c.mailbox)
      if (mutedUntil === before.mutedUntil) return
      if (mutedUntil === null) await unit.emit(origin, 'case.unmuted', id, { agent }, c.mailbox)
      else await unit.emit(origin, 'case.muted', id, { agent, until: new Date(mutedUntil).toISOString() }, c.mailbox)
    },
    async link(id, kindOfOther, other, kindOfThis) {
      const c = await read(id)
      await store.linkCases(unit.db, id, kindOfOther, other, kindOfThis, unit.now)
      await unit.emit(origin, 'case.linked', id, { other, kind: kindOfOther }, c.mailbox)
    },
    unlink: (id, other) => store.unlinkCases(unit.db, id, other),
    links: async (id) => (await store.linksOf(unit.db, id)).map((l) => ({ caseId: l.other_id, kind: l.kind })),
  }
}

const toWatcher = ({ agent, follows, muted_until }: WatcherRow): Watcher => ({ agent, follows: follows === 1, mutedUntil: muted_until })

/** Tags are compared as typed, without outer blanks, in lower case; at most 100 characters. */
function cleanTag(tag: string): string {
  return tag.trim().toLowerCase().slice(0, 100)
}

function distinct(people: readonly Address[]): readonly Address[] {
  return [
    ...new Map(
      people.filter((p) => p.address).map((p) => [p.address.toLowerCase(), { address: p.address.toLowerCase(), name: p.name }]),
    ).values(),
  ]
}

function check(unit: TransactionContext, patch: CasePatch): void {
  const { agents, groups, mailboxes } = unit.registry.config
  if (patch.assignee && !agents.has(patch.assignee)) throw new PosternError('invalid', `there is no agent "${patch.assignee}"`)
  if (patch.group && !groups.has(patch.group)) throw new PosternError('invalid', `there is no group "${patch.group}"`)
  if (patch.mailbox && !mailboxes.has(patch.mailbox)) throw new PosternError('invalid', `there is no mailbox "${patch.mailbox}"`)
}

function differences(before: Case, patch: CasePatch): store.CasePatch {
  return {
    ...(patch.status !== undefined && patch.status !== before.status && { status: patch.status, previous_status: before.status }),
    ...(patch.assignee !== undefined && patch.assignee !== before.assignee && { assignee: patch.assignee }),
    ...(patch.group !== undefined && patch.group !== before.group && { group_id: patch.group }),
    ...(patch.subject !== undefined && patch.subject !== before.subject && { subject: patch.subject }),
    ...(patch.locale !== undefined && patch.locale !== before.locale && { locale: patch.locale }),
    ...(patch.mailbox !== undefined && patch.mailbox !== before.mailbox && { mailbox: patch.mailbox }),
    ...(patch.custom !== undefined &&
      JSON.stringify(patch.custom) !== JSON.stringify(before.custom) && { custom: JSON.stringify(patch.custom) }),
    ...(patch.requester !== undefined &&
      (patch.requester.address.toLowerCase() !== before.requester.address || patch.requester.name !== before.requester.name) && {
        requester_address: patch.requester.address.toLowerCase(),
        requester_name: patch.requester.name,
      }),
  }
}
