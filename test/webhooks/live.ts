// A gateway that runs by the machine's clock, for what takes real time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silentLog } from '../../core/base/silent-log.ts'
import { startGateway } from '../../core/app/gateway.ts'
import type { Gateway } from '../../core/app/gateway.ts'
import { defaultConfig } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'

export async function liveGateway(
  plugins: readonly unknown[],
  database = 'database: { sqlite: postern.db }',
): Promise<{ readonly gateway: Gateway; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-live-'))
  const file = path.join(folder, 'postern.yaml')
  writeFileSync(
    file,
    `${defaultConfig}\ndata: ./data\n${database}\nlisteners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]\nhttp: { host: 127.0.0.1, port: 0 }\noutgoing: { transport: directory, path: out }\nplugins: ${JSON.stringify(plugins)}\n`,
  )
  const loaded = await soundConfig(file)
  const gateway = await startGateway({ config: loaded.config, plugins: loaded.plugins, log: silentLog })
  return {
    gateway,
    async stop() {
      await gateway.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
