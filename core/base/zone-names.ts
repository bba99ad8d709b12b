// Time zones by the names that people know: "Europe/Moskva" and "Москва" are Europe/Moscow.
import { inLatin, nearest } from './suggest.ts'

/** The IANA zone that a text resembles, written as it is or with the Russian name of its city; `undefined` where none does. */
export function nearestZone(text: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone')
  const near = nearest(text, zones)
  if (near !== undefined) return near
  const place = (text.split('/').at(-1) ?? '').trim().toLowerCase()
  if (place.length < 5) return undefined
  // Takes 0.2 s, once somebody has made that mistake.
  const cities = new Map(
    zones.flatMap((zone) => {
      const city = russianName(zone)
      return city === undefined ? [] : [[city, zone] as const, [inLatin(city), zone] as const]
    }),
  )
  return nearest(place, zones, cities)
}

/** The name of a zone's city in Russian, where the zone is known by it and not by its country or offset. */
function russianName(zone: string): string | undefined {
  const parts = new Intl.DateTimeFormat('ru', { timeZone: zone, timeZoneName: 'shortGeneric' }).formatToParts(0)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value.toLowerCase()
  return name !== undefined && /^[а-яё -]{4,}$/.test(name) ? name : undefined
}
