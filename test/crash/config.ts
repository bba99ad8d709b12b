// The configuration of the gateway that is killed: both doors, a copy of each mail, one agent who is notified, budgets out of the way.
import { writeFileSync } from 'node:fs'
import path from 'node:path'

export interface CrashSetup {
  readonly smtp: number
  readonly lmtp: number
  readonly smarthost: number
  readonly postgres?: string
  /** Which of several nodes on one database it is. */
  readonly node?: number
}

export function writeConfig(folder: string, { smtp, lmtp, smarthost, postgres, node = 1 }: CrashSetup): string {
  const file = path.join(folder, node === 1 ? 'postern.yaml' : `node-${node}.yaml`)
  const next = `transport: smtp, host: 127.0.0.1, port: ${smarthost}, tls: "off"`
  writeFileSync(
    file,
    `name: crash
hostname: crash.example.test
data: ./data${node === 1 ? '' : `-${node}`}
log: { level: error }
database: ${postgres ? JSON.stringify({ postgres }) : '{ sqlite: postern.db }'}
listeners:
  - { protocol: smtp, host: 127.0.0.1, port: ${smtp} }
  - { protocol: lmtp, host: 127.0.0.1, port: ${lmtp} }
http: { host: 127.0.0.1, port: 0 }
outgoing: { ${next}, connections: 4 }
intake: { lease: 10s }
budget: { per_agent: [10000000/1h], per_recipient: [10000000/1h], per_domain: [10000000/1h], total: [10000000/1h] }
mailboxes:
  support: { address: support@example.test, notify: [anna], copy: { ${next}, to: archive@example.test, when: before } }
agents:
  anna: { name: Anna, email: anna@agents.test }
plugins: [desk, threading, bounces, notify]
`,
  )
  return file
}
