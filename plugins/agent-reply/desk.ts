// What the plugin needs of its surroundings.
import type { Host } from '../../core/plugin.ts'
import type { Settings } from './settings.ts'
import type { Vocabulary } from './vocabulary.ts'

/** The host, and the words of commands as shipped and set. */
export interface Desk {
  readonly host: Host<Settings>
  readonly vocabulary: Vocabulary
}
