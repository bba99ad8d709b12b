// Conversations by header alone: the partition that References and In-Reply-To give (RFC 5256, RFC 5322 §3.6.4).
import type { HeaderFacts } from './fields.ts'

/** The ids that join a mail to others; `messageId` null where it has none of its own. */
export type ThreadFacts = Pick<HeaderFacts, 'messageId' | 'inReplyTo' | 'references'>

/** Ids that one mail names, its own first: mails that share one, directly or over others, are one conversation. In-Reply-To counts only by its first id. */
function threadIds(mail: ThreadFacts): readonly string[] {
  const own = mail.messageId === null ? [] : [mail.messageId]
  return [...new Set([...own, ...mail.references, ...mail.inReplyTo.slice(0, 1)])]
}

/** Joins mails one by one (union-find over ids); keys are settled when all are in. */
export interface Threads {
  /** Adds a mail under a key of the caller's. */
  add(key: string, mail: ThreadFacts): void
  /** The conversation of each key, in the order added: equal texts mean one conversation. */
  conversations(): ReadonlyMap<string, string>
}

export function createThreads(): Threads {
  const parent = new Map<string, string>()
  const keys: string[] = []
  const find = (id: string): string => {
    let root = id
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up
    for (let at = id; at !== root;) {
      const next = parent.get(at) ?? root
      parent.set(at, root)
      at = next
    }
    return root
  }
  return {
    add(key, mail) {
      const node = `mail ${key}`
      keys.push(key)
      parent.set(node, parent.get(node) ?? node)
      for (const id of threadIds(mail)) {
        if (!parent.has(id)) parent.set(id, id)
        parent.set(find(node), find(id))
      }
    },
    conversations: () => new Map(keys.map((key) => [key, find(`mail ${key}`)])),
  }
}
