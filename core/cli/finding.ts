// What `postern doctor` has to say of one thing.

/** One thing that was looked at: whether it is well, what was seen, and what to do about it. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'error'
  readonly topic: 'config' | 'postfix' | 'disk' | 'clock' | 'database' | 'process' | 'work' | 'dns'
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}
