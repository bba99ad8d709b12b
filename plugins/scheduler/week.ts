// Where the week begins, by language and region.

/** ISO number of the first day of the week (Monday is 1); the bare `en` is read as British, as dates are written. */
export function firstDay(locale: string): number {
  const tag = new Intl.Locale(locale === 'en' ? 'en-GB' : locale)
  // In the language's lib only from ES2026 on; Node has it as a method or, before 22, as a property.
  const { getWeekInfo, weekInfo } = tag as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } }
  return (getWeekInfo?.call(tag) ?? weekInfo)?.firstDay ?? 1
}
