// What `postern doctor` has to say of one thing.

/** One thing that was looked at: whether it is well, what was seen, and what to do about it. */
export interface Finding {
  /** `advice`: about what others decide, or what is well for trying out; it makes no difference to the exit code. */
  readonly level: 'ok' | 'advice' | 'warning' | 'error'
  readonly topic:
    | 'config'
    | 'process'
    | 'hostname'
    | 'public_url'
    | 'clock'
    | 'disk'
    | 'database'
    | 'blobs'
    | 'work'
    | 'postfix'
    | 'listener'
    | 'smarthost'
    | 'dns'
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}
