// Times that are offered ready-made, so that people need not write them.
import type { Origin, SettingsProblem } from '../../core/plugin.ts'
import { contextOf, timeFor } from './person.ts'
import type { SchedulerHost } from './person.ts'
import type { SchedulerSettings } from './settings.ts'
import { isForward } from './when/span.ts'
import { parseWhen } from './when/when.ts'

/** One time that is offered. */
export interface Preset {
  /** As it is written in the settings; for `in` or `at` of what plans. */
  readonly value: string
  /** ISO 8601 */
  readonly due_at: string
  /** When that is, in the language and zone of who asks. */
  readonly label: string
}

/** Each as it would be understood now by who asks. */
export function presetsFor(
  { config, settings, now }: Pick<SchedulerHost, 'config' | 'settings' | 'now'>,
  origin: Origin,
): readonly Preset[] {
  const asks = origin.kind === 'agent' && origin.id !== null ? config.agents.get(origin.id) : undefined
  const view = { locale: asks?.locale ?? config.locale, zone: asks?.timezone ?? config.timezone }
  const context = contextOf(settings, now(), view.zone, (asks ?? config).language)
  return settings.presets.flatMap((value) => {
    const when = parseWhen(value, context)
    return when.ok && when.at > context.now ? [{ value, due_at: new Date(when.at).toISOString(), label: timeFor(view, when.at) }] : []
  })
}

/** A ready-made time that nobody understands, or that leads back, is a mistake of the config. Weekdays may be ambiguous on one day of the week only. */
export function presetProblems(settings: SchedulerSettings): readonly SettingsProblem[] {
  // A Monday and a Tuesday at night: what is a time on neither of them is none.
  const nights = [Date.UTC(2026, 8, 21, 0, 1), Date.UTC(2026, 8, 22, 0, 1)]
  const good = (value: string): boolean =>
    nights.some((now) => {
      const when = parseWhen(value, contextOf(settings, now, 'UTC'))
      return when.ok && (when.span ? isForward(when.span) : when.at > now)
    })
  return (['presets', 'offer'] as const).flatMap((key) =>
    settings[key].flatMap((value, i) =>
      good(value)
        ? []
        : [
            {
              path: [key, i],
              message: `"${value}" is no time to come that is understood; write for example 2 days, tomorrow 9:00 or in the evening`,
            },
          ],
    ),
  )
}
