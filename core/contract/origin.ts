// Who caused a change, and by what way it came. Every event carries one.

/** Who caused a change (`kind` and `id`) and by what way (`via`); written with every event. */
export interface Origin {
  /** customer: anybody outside; agent: `id` is the agent; rule: `id` is the rule's name; api: `id` is the token's name; system: Postern itself. */
  readonly kind: 'customer' | 'agent' | 'rule' | 'api' | 'system'
  readonly id: string | null
  readonly via: 'mail' | 'command' | 'api' | 'cli' | 'link' | 'template' | 'rule' | 'job' | 'chat' | 'system'
}

/** For what Postern does by itself. */
export const systemOrigin: Origin = { kind: 'system', id: null, via: 'system' }

/** For what an agent does; `agent` is his id in the config. */
export function agentOrigin(agent: string, via: Origin['via']): Origin {
  return { kind: 'agent', id: agent, via }
}
