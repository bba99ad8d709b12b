// The tables of the HTTP API: who may use it, what was answered, what was uploaded.

/** Calls with an `Idempotency-Key`, by token and key, with the answer to repeat. */
export interface ApiIdempotencyTable {
  token_id: string
  /** Idempotency-Key. */
  key: string
  /** sha256 over method, path and body. */
  request: string
  /** null: under way, or broken off. */
  status: number | null
  headers: string | null
  body: string | null
  created_at: number
}

/** Files that were uploaded for a later call. */
export interface ApiUploadTable {
  id: string
  token_id: string
  blob_id: string
  filename: string
  content_type: string
  size: number
  used: number
  created_at: number
}

/** Ids of cases in other systems, each once for its owner. */
export interface ApiExternalIdTable {
  /** Name of the token that gave it. */
  owner: string
  external_id: string
  case_id: string
}

/** Tokens of the API. */
export interface ApiTokenTable {
  /** The part of the token that is no secret: it finds the row. */
  id: string
  /** For people, and the id in the origin of what it does. */
  name: string
  /** sha256 of the token, hex. */
  hash: string
  access: 'read' | 'act' | 'admin'
  /** JSON list of mailbox ids; null: all, those to come included. */
  mailboxes: string | null
  /** JSON list of agents in whose name it may act; null: all. */
  agents: string | null
  /** JSON list of names of actions (`case.*`) that it may order; null: all. */
  actions: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  /** Last use, to the minute. */
  used_at: number | null
}
