// What a plugin shows to those who watch a gateway: counts of what happened since the start, and measures of how things stand.

/** A counter that a plugin moves by `host.count(name)`. It is shown from the start, at 0 for each combination of label values that is named here. */
export interface CounterDefinition {
  /** One sentence for the admin, without a full stop. */
  readonly help: string
  /** Labels and their values. A list without values: they are not known beforehand, and a series begins when it is first counted. `plugin` comes by itself. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
}

/** A measure that is taken whenever `/metrics` is read, in base units: seconds, octets. */
export interface GaugeDefinition {
  /** One sentence for the admin, without a full stop. */
  readonly help: string
  /** Names of the labels that `read` gives; `plugin` comes by itself. */
  readonly labels?: readonly string[]
  /** All series, those at zero too: one that vanishes cannot be told from a gateway that is down. May ask the plugin's tables. */
  read(): Promise<readonly { readonly value: number; readonly labels?: Readonly<Record<string, string>> }[]>
}
