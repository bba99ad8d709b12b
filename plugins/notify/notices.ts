// Open notices as an agent reads them in a mail: what is asked, and a link for every button.
import type { ActionLink, AgentConfig, Compared, Locale, Notice, RegistryView, Tx } from '../../core/plugin.ts'
import { texts } from './texts.ts'

/** The sentence of a notice in the agent's language, and his own links. */
export interface ShownNotice {
  readonly text: string
  readonly compared: readonly Compared[]
  readonly links: readonly ActionLink[]
}

const most = 5

/** The plugin that raises a kind words it (`Hooks.notices`); links come from the plugin that can sign them (`Hooks.links`). */
export async function noticesFor(
  tx: Tx,
  registry: RegistryView,
  notices: readonly Notice[],
  agent: AgentConfig,
): Promise<readonly ShownNotice[]> {
  const shown: ShownNotice[] = []
  for (const notice of notices.slice(-most)) {
    const words = registry.notices.get(notice.kind)
    shown.push({
      text: words?.text(notice, agent.locale) ?? fallback(notice, agent.locale),
      compared: words?.compare?.(notice, agent.locale) ?? [],
      links: await registry.links(tx, notice, agent.id),
    })
  }
  return shown
}

/** A kind that nobody words. */
function fallback(notice: Notice, locale: Locale): string {
  return texts(locale, 'notice.other', { kind: notice.kind.replaceAll('_', ' ') })
}
