// A gateway with rules and templates written in the test itself.
import { testGateway } from '../support/gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'
import type { DatabaseKind } from '../support/databases.ts'

export interface RulesRig {
  readonly rules?: string
  /** Name to content; `receipt` is there by default. */
  readonly templates?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, unknown>>
  readonly plugins?: TestGatewayOptions['plugins']
  readonly config?: string
  readonly kind?: DatabaseKind
  readonly start?: string
  readonly clock?: TestGatewayOptions['clock']
  readonly sink?: TestGatewayOptions['sink']
}

const receipt = `
subject: We have received your message
text: |
  Hello {{ customer.first_name | default: "there" }},
  your request is number {{ case.number }}.
languages:
  ru:
    subject: Мы получили ваше обращение
    text: |
      Здравствуйте! Номер обращения: {{ case.number }}.
`

export const authserv = 'mx.example.test'
/** Header of a mail that our own server vouches for. */
export const vouched = (domain: string): Readonly<Record<string, string>> => ({
  'Authentication-Results': `${authserv}; dmarc=pass header.from=${domain}`,
})

/** Does the work with a gateway of its own, on the given database, and takes it down. */
export async function withRules(rig: RulesRig, work: (g: TestGateway) => Promise<void>): Promise<void> {
  const files: Record<string, string> = { 'rules/a.yaml': rig.rules ?? 'rules: []\n' }
  for (const [name, text] of Object.entries({ 'receipt.yaml': receipt, ...rig.templates })) files[`templates/${name}`] = text
  const g = await testGateway({
    files,
    plugins: rig.plugins ?? ['desk', 'threading', 'bounces', { rules: { authserv_id: authserv, ...rig.settings } }],
    ...(rig.config !== undefined && { config: rig.config }),
    ...(rig.start !== undefined && { start: rig.start }),
    ...(rig.clock && { clock: rig.clock }),
    ...(rig.sink && { sink: rig.sink }),
    ...(rig.kind && { kind: rig.kind }),
  })
  try {
    await work(g)
  } finally {
    await g.stop()
  }
}
