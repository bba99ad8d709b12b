// text/enriched and text/richtext as plain text (RFC 1896).

/** Drops the commands; `<<` is a `<`, a single line break is a blank, n of them are n - 1. */
export function unenrich(text: string): string {
  const unfolded = text.replace(/\n+/g, (run) => (run.length === 1 ? ' ' : '\n'.repeat(run.length - 1)))
  return unfolded
    .replace(/<param>[^<]{0,500}<\/param>/gi, '')
    .replace(/<nl>/gi, '\n')
    .replace(/<(?:<|\/?[A-Za-z][\w-]{0,60}>)/g, (tag) => (tag === '<<' ? '<' : ''))
}
