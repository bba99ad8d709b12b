// A plugin states the version of the contract that it is written for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Type from 'typebox'
import { afterAll, expect, test } from 'vitest'
import { loadPlugin } from '../../core/app/load-plugins.ts'
import { apiVersion, oldestApiVersion, versionProblem } from '../../core/contract/plugin.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-version-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A plugin file whose definition says so. */
function written(name: string, says: string): string {
  const file = path.join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `export default { name: '${name}', description: 'x', ${says} config: ${JSON.stringify(Type.Object({}))}, setup: () => ({}) }`,
  )
  return file
}

test.each([
  ['none', ''],
  ['the newest', `apiVersion: ${apiVersion},`],
  ['the oldest', `apiVersion: ${oldestApiVersion},`],
])('a plugin that states %s is loaded', async (what, says) => {
  const name = `good-${what.replace(/ /g, '-')}`
  expect(await loadPlugin(name, written(name, says), folder)).toMatchObject({ name })
})

test.each([
  ['newer', `${apiVersion + 1}`, 'update Postern'],
  ['older', `${oldestApiVersion - 1}`, 'update the plugin'],
  ['broken', `${apiVersion}.5`, 'offers version'],
])('one that states a %s version is refused, and told what to update', async (what, says, advice) => {
  const answer = await loadPlugin(`bad-${what}`, written(`bad-${what}`, `apiVersion: ${says},`), folder)
  expect(answer).toContain(`the plugin bad-${what} is written for apiVersion ${says}`)
  expect(answer).toContain(advice)
})

test('a text in place of the number is refused too', () => {
  // What a file in plain JavaScript may hold.
  expect(versionProblem({ name: 'x', apiVersion: '1' as never })).toContain('apiVersion 1')
})
