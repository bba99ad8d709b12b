// The style attribute of HTML from mail: known properties with plain values only. Nothing in it can load, run, cover the page or call a function but a colour's.

/**
 * The declarations of a style attribute that may stay, `;` between them; '' if none. What CSS reads differently than it looks (escapes, comments,
 * urls, at-rules, variables, unbalanced quotes) is not repaired but left out with its declaration. Linear.
 */
export function safeStyle(style: string): string {
  if (style === '' || style.length > longest) return ''
  const kept: string[] = []
  for (const declaration of style.split(';', maxDeclarations)) {
    const colon = declaration.indexOf(':')
    const property = declaration.slice(0, Math.max(0, colon)).trim().toLowerCase()
    const value = declaration
      .slice(colon + 1)
      .replace(/\s+/g, ' ')
      .trim()
    if (isAllowed(property, value)) kept.push(`${property}:${value}`)
  }
  return kept.join(';')
}

const longest = 10_000
const maxDeclarations = 200

/** Exactly what sets the looks of text, boxes and tables where they stand: no position, transform, animation, content, cursor, filter. */
export const properties: ReadonlySet<string> = new Set(
  (
    'color background background-color font font-family font-size font-style font-variant font-weight line-height letter-spacing word-spacing ' +
    'text-align text-decoration text-decoration-line text-decoration-color text-decoration-style text-indent text-transform vertical-align white-space ' +
    'word-break word-wrap overflow-wrap direction margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left ' +
    'border border-top border-right border-bottom border-left border-color border-style border-width border-radius border-collapse border-spacing ' +
    'border-top-color border-top-style border-top-width border-right-color border-right-style border-right-width ' +
    'border-bottom-color border-bottom-style border-bottom-width border-left-color border-left-style border-left-width ' +
    'width min-width max-width height min-height max-height display float clear list-style-type table-layout caption-side empty-cells'
  ).split(' '),
)

const display =
  /^(?:none|block|inline|inline-block|list-item|table|inline-table|table-row|table-cell|table-row-group|table-header-group|table-footer-group)(?: ?!important)?$/i
const colorFunction = /\b(?:rgb|hsl)a?\([\d ,.%/]{1,60}\)/gi
const quoted = /"[\p{L}\p{N} _.-]{0,80}"|'[\p{L}\p{N} _.-]{0,80}'/gu
/** What is left of a plain value without its colours and quoted names; a length below zero could lay one thing over another. */
const plain = /^[\p{L}\p{N} #%.,/!_+-]*$/u
const negative = /(?:^|[ ,/])-\.?\d/

function isAllowed(property: string, value: string): boolean {
  if (!properties.has(property) || value === '' || value.length > 300) return false
  if (property === 'display') return display.test(value)
  return plain.test(value.replace(colorFunction, '').replace(quoted, '')) && !negative.test(value)
}
