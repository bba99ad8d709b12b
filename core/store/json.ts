// JSON in text columns: one codec, so that a damaged value names its place instead of breaking a page.
import { PosternError } from '../base/errors.ts'

/** Reads a JSON text column. The shape is what this program wrote there; `place` names the column for the error. */
export function fromJson<T>(text: string, place: string): T {
  try {
    return JSON.parse(text) as T // written by toJson at the same column
  } catch (cause) {
    throw new PosternError('internal', `damaged JSON in ${place}`, { cause })
  }
}

/** The text of a JSON column. */
export function toJson(value: unknown): string {
  return JSON.stringify(value)
}
