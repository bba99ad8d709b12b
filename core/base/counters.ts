// What a part counts about itself, without knowing who shows it.

/** Counts events under a name in Prometheus' style (`postern_..._total`), with few and closed label values. */
export interface Counters {
  inc(name: string, labels?: Readonly<Record<string, string>>): void
}

/** Counts nothing. */
export const noCounters: Counters = { inc: () => {} }
