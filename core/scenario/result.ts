// What comes out of a scenario file.

/** Outcome of one test; it passed where there are no failures. */
export interface TestResult {
  readonly file: string
  readonly name: string
  readonly steps: number
  /** `file:line:column: what differs`. */
  readonly failures: readonly string[]
  readonly ms: number
}

/** Outcome of one scenario file. */
export interface FileResult {
  readonly file: string
  /** The file or its config is wrong: nothing ran. */
  readonly problems: readonly string[]
  readonly tests: readonly TestResult[]
}
