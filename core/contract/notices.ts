// How notices are told to people, and the links behind their buttons.
import type { Notice, NoticeAction } from './model.ts'
import type { Locale } from '../base/locale.ts'
import type { Tx } from './tx.ts'

/** Words for one kind of notice, made from the facts in `notice.data`. */
export interface NoticeTexts {
  text(notice: Notice, locale: Locale): string
  /** Texts that are to be compared: side by side where there is room, else one below the other. They come from people: escape them. */
  compare?(notice: Notice, locale: Locale): readonly Compared[]
  /** Label of the button for one of its actions (its `name`). */
  label(action: string, locale: Locale): string
  /** What pressing it would do, as things stand now: a sentence for the page behind the link. Default: what the page knows of every action. */
  effect?(tx: Tx, notice: Notice, action: NoticeAction, locale: Locale): Promise<string>
  /** Told to agents at once, whatever they have chosen to hear later or not at all: what concerns the safety of their accounts. */
  readonly always?: true
  /** What may still be done about it once it has ended, such as taking back what was done. */
  after?(tx: Tx, notice: Notice): Promise<readonly NoticeAction[]>
}

/** One of several texts, with what stands above it. */
export interface Compared {
  readonly title: string
  readonly text: string
}

/** A button of a notice as a link for mail and web pages. */
export interface ActionLink {
  readonly label: string
  /** https or http; proves by itself who may follow it. */
  readonly url: string
}
