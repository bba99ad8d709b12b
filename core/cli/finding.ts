// What `postern doctor` has to say of one thing.

export interface Finding {
  readonly level: 'ok' | 'warning' | 'error'
  readonly topic: 'config' | 'postfix' | 'disk' | 'clock' | 'database' | 'process' | 'work' | 'dns'
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}
