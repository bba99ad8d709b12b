// An invitation (RFC 5545, RFC 5546) as lines that people read without a calendar. No words of ours: they are in no language.

export interface Invitation {
  /** REQUEST, REPLY, CANCEL and the like, '' where it says none. */
  readonly method: string
  /** What, when, where, who, and the description; '' where there is no event. */
  readonly text: string
  /** Of a REPLY: each answer in lower case (accepted, declined, tentative ..) and who gives it. */
  readonly answers: readonly { readonly answer: string; readonly who: string }[]
}

interface Property {
  readonly name: string
  readonly params: ReadonlyMap<string, string>
  readonly value: string
}

/** At most so many lines and people of it are read. */
const maxLines = 5000
const maxPeople = 50

/** Reads the first event, task or note of a calendar; linear, never throws. `text` is decoded, lines end in LF. */
export function readInvitation(text: string): Invitation {
  const lines = text
    .slice(0, 500_000)
    .replace(/\n[ \t]/g, '')
    .split('\n', maxLines)
  const all = lines.map(propertyOf)
  const method =
    all
      .find((p) => p?.name === 'METHOD')
      ?.value.trim()
      .toUpperCase() ?? ''
  const from = all.findIndex((p) => p?.name === 'BEGIN' && /^V(EVENT|TODO|JOURNAL)$/i.test(p.value.trim()))
  const event: Property[] = []
  let inner = 0
  for (const property of from < 0 ? [] : all.slice(from + 1)) {
    if (!property) continue
    if (property.name === 'BEGIN') inner++
    else if (property.name === 'END' && inner-- === 0) break
    else if (inner === 0) event.push(property)
  }
  const first = (name: string): Property | undefined => event.find((p) => p.name === name)
  const words = (name: string): string => unescaped(first(name)?.value ?? '')
  const people = event.filter((p) => p.name === 'ATTENDEE').slice(0, maxPeople)
  const organizer = first('ORGANIZER')
  const who = [organizer ? personOf(organizer) : '', people.map(personOf).join(', ')].filter((s) => s !== '').join(' → ')
  const facts = [words('SUMMARY'), whenOf(first('DTSTART'), first('DTEND') ?? first('DUE')), words('LOCATION'), who].filter((s) => s !== '')
  return {
    method,
    text: [facts.join('\n'), words('DESCRIPTION').trim() || words('COMMENT').trim()].filter((s) => s !== '').join('\n\n'),
    answers:
      method === 'REPLY'
        ? people.map((p) => ({ answer: (p.params.get('PARTSTAT') ?? '').toLowerCase(), who: personOf(p) })).filter((a) => a.answer !== '')
        : [],
  }
}

function propertyOf(line: string): Property | undefined {
  const name = /^[A-Za-z0-9-]{1,60}/.exec(line)?.[0]
  if (!name) return undefined
  const params = new Map<string, string>()
  let at = name.length
  // `;NAME="quoted: value"` up to the colon.
  while (line[at] === ';' && params.size < 30) {
    const param = /^;([A-Za-z0-9-]{1,60})=("[^"]{0,1000}"|[^;:"]{0,1000})/.exec(line.slice(at, at + 1100))
    if (!param?.[1]) return undefined
    params.set(param[1].toUpperCase(), (param[2] ?? '').replace(/"/g, ''))
    at += param[0].length
  }
  return line[at] === ':' ? { name: name.toUpperCase(), params, value: line.slice(at + 1) } : undefined
}

const unescaped = (value: string): string => value.replace(/\\([nN,;\\])/g, (_, c: string) => (/n/i.test(c) ? '\n' : c)).trim()

function personOf({ params, value }: Property): string {
  const address = value.trim().replace(/^mailto:/i, '')
  const name = params.get('CN')?.trim() ?? ''
  return name === '' || name === address ? address : `${name} <${address}>`
}

/** `2026-12-01 10:00 – 11:00 (Europe/Berlin)`; times stay in the zone that the sender named. */
function whenOf(start: Property | undefined, end: Property | undefined): string {
  const from = timeOf(start)
  if (!start || !from) return ''
  const to = timeOf(end)
  const zone = start.value.trim().endsWith('Z') ? 'UTC' : (start.params.get('TZID') ?? '')
  const until = !to || to.text === from.text ? '' : ` – ${to.day === from.day && to.time !== '' ? to.time : to.text}`
  return `${from.text}${until}${zone === '' || from.time === '' ? '' : ` (${zone})`}`
}

function timeOf(property: Property | undefined): { readonly day: string; readonly time: string; readonly text: string } | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d))?/.exec(property?.value.trim() ?? '')
  if (!m) return undefined
  const day = `${m[1]}-${m[2]}-${m[3]}`
  const time = m[4] === undefined ? '' : `${m[4]}:${m[5]}`
  return { day, time, text: time === '' ? day : `${day} ${time}` }
}
