import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { installation } from '../support/cli.ts'

const folder = path.join(import.meta.dirname, '..', '..', 'examples', 'compose')

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly environment: Readonly<Record<string, string>>; readonly volumes: readonly string[]; readonly ports?: readonly string[] }
    >
  >
  readonly volumes: Readonly<Record<string, unknown>>
}

test('the configuration of the compose example is sound, and listens where compose.yaml publishes', async () => {
  const { services, volumes } = parse(readFileSync(path.join(folder, 'compose.yaml'), 'utf8')) as Compose // as the example is written
  const ours = services.postern
  const text = readFileSync(path.join(folder, 'postern.yaml'), 'utf8')
  const here = installation(
    text.replace('${STATE_DIRECTORY}', './data').replace('${DATABASE_URL}', 'postgres://postern:x@127.0.0.1:1/postern'),
  )
  try {
    const checked = await here.run('check')
    expect([checked.code, checked.err]).toEqual([0, expect.not.stringMatching(/error/i)])
  } finally {
    await here.remove()
  }
  const config = parse(text) as { readonly listeners: readonly { readonly port: number }[]; readonly http: { readonly port: number } } // as the example is written
  const inside = [...config.listeners.map((l) => l.port), config.http.port]
  expect(ours?.ports?.map((published) => Number(published.split(':').at(-1)))).toEqual(inside)
  // Nothing is published to the world, and every variable and volume that is asked for is there.
  for (const published of ours?.ports ?? []) expect(published).toMatch(/^127\.0\.0\.1:/)
  expect(Object.keys(ours?.environment ?? {})).toEqual(['DATABASE_URL'])
  const named = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(':')[0] ?? ''))
  expect(named.filter((name) => !name.startsWith('.')).sort()).toEqual(Object.keys(volumes).sort())
})
