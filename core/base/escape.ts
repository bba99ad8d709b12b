// Text inside of markup.
/** Text as it may stand in an element or an attribute of HTML or XML, in quotes of either kind. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
