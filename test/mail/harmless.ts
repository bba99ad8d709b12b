// Judges HTML that was made safe, as two parsers read it: the browsers' way (parse5), and leniently (htmlparser2) as some mail clients do.
import { Parser } from 'htmlparser2'
import { parseFragment } from 'parse5'
import type { DefaultTreeAdapterTypes } from 'parse5'
import { expect } from 'vitest'
import { properties } from '../../core/mail/sanitize-style.ts'
import { tags } from '../../core/mail/sanitize.ts'

const attributes = new Set(
  (
    'dir lang title align width height bgcolor valign colspan rowspan nowrap alt border color size face cellpadding cellspacing span start type value ' +
    'style href rel target src referrerpolicy'
  ).split(' '),
)

/** Reads HTML again and fails for every element, attribute, scheme and style that is not on the list. */
export function expectHarmless(html: string): void {
  const parser = new Parser({
    onopentag: expectHarmlessElement,
    oncomment: () => expect.unreachable('a comment'),
    onprocessinginstruction: () => expect.unreachable('an instruction'),
    oncdatastart: () => expect.unreachable('CDATA'),
  })
  parser.end(html)
  const nodes: DefaultTreeAdapterTypes.ChildNode[] = [...parseFragment(html).childNodes]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.nodeName === '#text') continue
    if (!('tagName' in node)) return expect.unreachable(node.nodeName)
    if (node.namespaceURI !== 'http://www.w3.org/1999/xhtml') expect.unreachable(node.namespaceURI)
    expectHarmlessElement(node.tagName, Object.fromEntries(node.attrs.map((a) => [a.name, a.value])))
    for (const child of node.childNodes) nodes.push(child)
  }
}

function expectHarmlessElement(name: string, attribs: Readonly<Record<string, string>>): void {
  if (!tags.has(name)) expect(tags).toContain(name)
  for (const [key, value] of Object.entries(attribs)) {
    if (!attributes.has(key)) expect(attributes).toContain(key)
    if (key === 'href') expect(value).toMatch(/^(?:https?:\/\/|mailto:)/)
    if (key === 'src') expect(value).toMatch(/^(?:https?:\/\/|cid:|\/parts\/|data:image\/(?:png|jpeg|gif|webp);base64,)/)
    if (key === 'style') {
      for (const declaration of value.split(';')) {
        const [property = '', rest = ''] = [declaration.slice(0, declaration.indexOf(':')), declaration.slice(declaration.indexOf(':') + 1)]
        expect(properties).toContain(property)
        expect(rest.replace(/\b(?:rgb|hsl)a?\([\d ,.%/]+\)/gi, '')).not.toMatch(/[()\\@{}:*<>&]|(?:^|\s)-\d/)
      }
    }
  }
  if ('href' in attribs) expect([attribs['rel'], attribs['target']]).toEqual(['noopener noreferrer', '_blank'])
  if (name === 'a' && !('href' in attribs)) expect(attribs).not.toHaveProperty('target')
}
