// How this program's own modules are named where they stand: it runs from its sources, and compiled where it is installed as a package.
import path from 'node:path'

/**
 * `.ts` in a checkout, `.js` in an installed package (Node does not strip types below node_modules). For modules that are named by a text,
 * such as workers and plugins; the compiler sees to imports.
 */
export const moduleExtension = path.extname(import.meta.filename)
