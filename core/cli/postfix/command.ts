// `postern postfix`: the commands for exactly this Postfix, as a script that may be read, and then run by root.
import type { Config } from '../../base/config/types.ts'
import { plainLine } from '../../base/escape.ts'
import { answer, exit } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { postfixCommands } from './commands.ts'
import type { PostfixCommands } from './commands.ts'
import type { PostfixOptions } from './settings.ts'

/** Exit code 1 where something stands in the way that no command can change, or there is no Postfix. */
export async function showPostfixCommands(config: Config, options: PostfixOptions, terminal: Terminal): Promise<number> {
  const found = await foundCommands(config, options)
  answer(terminal, found, () => scriptOf(found))
  return found.obstacles.length > 0 ? exit.failed : exit.ok
}

/** As `postfixCommands`; no Postfix, or one that does not answer, is an obstacle. */
export async function foundCommands(config: Config, options: PostfixOptions): Promise<PostfixCommands> {
  try {
    return await postfixCommands(config, options)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = missing
      ? `there is no ${options.postconf} here`
      : `Postfix could not be asked: ${error instanceof Error ? error.message : String(error)}`
    return { commands: [], obstacles: [`${why}; on the machine of your Postfix, follow examples/postfix/README.md`] }
  }
}

/** A shell script; reasons and obstacles are comments. */
export function scriptOf({ commands, obstacles }: PostfixCommands): readonly string[] {
  return [
    ...obstacles.map((text) => plainLine(`# In the way: ${text}`)),
    ...commands.flatMap(({ why, line }) => [`# ${why}`, ...line.split('\n').map(plainLine)]),
    ...(commands.length === 0 && obstacles.length === 0 ? ['# Nothing to do: Postfix brings the mail of all mailboxes to Postern.'] : []),
  ]
}
