#!/usr/bin/env node
// Entry of the program, in plain JavaScript so that a Node too old for the rest can say so in one sentence.
import { existsSync } from 'node:fs'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `postern needs Node 22.19 or newer, this is ${process.versions.node}: run it with "npm start" or "npm run -s postern -- COMMAND", which use the Node that npm installed.\n`,
  )
  process.exit(78)
}
await import('./start-up.mjs')
// An installed package holds the program compiled, a checkout its sources.
const sources = new URL('./main.ts', import.meta.url)
const { main } = await import(existsSync(sources) ? sources.href : new URL('../dist/core/main.js', import.meta.url).href)
await main(process.argv.slice(2))
