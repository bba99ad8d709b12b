// Text inside of markup, and on a terminal.

/** One line without control characters, escape sequences included: what a mail holds must not steer a terminal. */
export function plainLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+/g, ' ')
}

/** Text as it may stand in an element or an attribute of HTML or XML, in quotes of either kind. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
