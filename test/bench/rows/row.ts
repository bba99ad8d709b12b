// What a row of the bench is: something measured, and the bound it should keep.
import type { Child } from '../rpc.ts'
import type { Setup } from '../shipped.ts'

/** One figure of a row: all its values, of which the median counts. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly values: readonly number[]
  /** The bound for the median. */
  readonly atLeast?: number
  readonly atMost?: number
}

export type RowResult =
  { readonly figures: readonly Figure[]; readonly notes?: readonly string[] } | { readonly skipped: string } | { readonly failed: string }

export interface Row {
  readonly name: string
  /** One sentence: what is measured against what. */
  readonly title: string
  run(bench: Bench): Promise<RowResult>
}

/** What rows share. Servers and folders live until the row ends. */
export interface Bench {
  readonly quick: boolean
  readonly load: Child
  /** Plugins that the measured gateway runs. */
  readonly plugins: readonly string[]
  /** A gateway in a folder of its own; `messages`: with so many stored before. */
  server(setup: Omit<Setup, 'folder'> & { readonly messages?: number }): Promise<Server>
  /** What the disk under the databases takes for an fsync of 64 kB just now, ms. */
  fsync(): number
  /** A bare smtp-server that throws mails away, parses them and throws that away, or does what an honest script would. */
  floor(kind: 'discard' | 'parse' | 'honest'): Promise<Server>
}

export interface Server extends Child {
  readonly port: number
}
