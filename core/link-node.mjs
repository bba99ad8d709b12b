// Run by npm at the end of an installation, by whichever Node the machine has: sees to it that npm scripts find the Node that came along.
//
// npm 10 leaves out the Node for the other processor, and takes the link node_modules/.bin/node away with it, which is not that one's.
// npm 11 and 12 keep the link. It is plain Node, since a machine may have neither `ln` nor `test` in its path.
import { existsSync, readdirSync, symlinkSync } from 'node:fs'

const modules = new URL('../node_modules/', import.meta.url)
const link = new URL('.bin/node', modules)
if (existsSync(new URL('.bin/', modules)) && !existsSync(link))
  for (const name of readdirSync(modules))
    if (name.startsWith('node-linux-') && existsSync(new URL(`${name}/bin/node`, modules))) symlinkSync(`../${name}/bin/node`, link)
