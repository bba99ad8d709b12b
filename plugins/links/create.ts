// Makes the links of a notice for one agent: a row each, and a signed token that names it.
import { randomBytes } from 'node:crypto'
import { makeLink, publicUrl } from '../../core/plugin.ts'
import type { ActionLink, Host, Notice, Tx } from '../../core/plugin.ts'
import { labelOf } from './buttons.ts'
import { insertLink } from './tables.ts'

/** What the making of links needs of the settings. */
export interface LinkSettings {
  /** ms a link is good for. */
  readonly expires: number
}

/** Keeps these tokens from being good for anything else that is signed with the same key. */
export const purpose = 'action'

/**
 * One link for each action of the notice, stored in this transaction. `agent` is an agent id; empty where there is no such agent or the
 * notice is not open.
 */
export async function createLinks(tx: Tx, host: Host<LinkSettings>, notice: Notice, agent: string): Promise<readonly ActionLink[]> {
  const reader = host.config.agents.get(agent)
  if (notice.state !== 'open' || !reader) return []
  const links: ActionLink[] = []
  for (const action of notice.actions) {
    const id = randomBytes(12).toString('base64url')
    const expiresAt = tx.now + host.settings.expires
    await insertLink(tx, {
      id,
      case_id: notice.caseId,
      notice_id: notice.id,
      agent,
      button: action.name,
      action: action.action,
      args: JSON.stringify(action.args),
      created_at: tx.now,
      expires_at: expiresAt,
      used_at: null,
      renewed_at: null,
    })
    const token = makeLink(host.tokens, { purpose, claims: { l: id }, expiresMs: expiresAt })
    links.push({ label: labelOf(host.registry, notice.kind, action.name, reader.locale), url: `${publicUrl(host.config)}/a/${token}` })
  }
  return links
}
