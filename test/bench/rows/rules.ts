// What 200 rules add to a mail: through with them against through without.
import { median } from '../stats.ts'
import type { Row } from './row.ts'
import { alternate } from './through.ts'

export const rules: Row = {
  name: 'rules',
  title: 'what 200 rules add to the time of a mail from DATA to its case',
  async run(bench) {
    if (!bench.plugins.includes('rules')) return { skipped: 'the rules plugin is not in this installation' }
    const without = await bench.server({ intake: 'runs', outbox: 'held' })
    const withRules = await bench.server({ intake: 'runs', outbox: 'held', files: { 'rules/90-bench.yaml': twoHundred() } })
    const { rates, cpus } = await alternate([without, withRules], bench)
    const [a = [], b = []] = rates.map((values) => values.map((rate) => 1000 / rate))
    const [ac = [], bc = []] = cpus
    return {
      figures: [
        { name: 'without', unit: 'ms/mail', values: a },
        { name: '200 rules', unit: 'ms/mail', values: b },
        { name: 'without, cpu', unit: 'µs/mail', values: ac },
        { name: '200 rules, cpu', unit: 'µs/mail', values: bc },
        { name: 'added', unit: '%', values: b.map((v, i) => (v / (a[i] ?? Number.NaN) - 1) * 100), atMost: 30 },
        { name: 'added, cpu', unit: '%', values: [(median(bc) / median(ac) - 1) * 100] },
      ],
    }
  },
}

/** Rules that look at sender, domain, subject, body, header and kind; four of them fit half of the mails or all. */
function twoHundred(): string {
  const conditions = (i: number): string =>
    [
      `{ domain: [partner${i}.example.net, bank${i}.example.net] }`,
      `{ subject: { contains: invoice ${i} } }`,
      `{ body: { contains: [contract ${i}, cancellation ${i}] } }`,
      `{ header: { X-Customer-Level: gold${i} } }`,
      `{ any: [{ sender: ceo${i}@bigcorp.example.net }, { subject: { matches: "^urgent ${i}\\\\b" } }] }`,
    ][i % 5] ?? ''
  const never = Array.from(
    { length: 196 },
    (_, i) => `  - { name: never ${i}, on: incoming, if: ${conditions(i)}, do: [{ tags: never${i} }] }`,
  )
  const fits = ['{ kind: normal }', '{ domain: customers.test }', '{ subject: { contains: lamp } }', '{ body: { contains: switch } }'].map(
    (c, i) => `  - { name: fits ${i}, on: incoming, if: ${c}, do: [{ tags: fits }] }`,
  )
  return `rules:\n${[...never, ...fits].join('\n')}\n`
}
