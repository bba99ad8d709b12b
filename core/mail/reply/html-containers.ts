// The elements in which mail programs put the old conversation, the attribution or the signature.
import { headerFields } from './header-block.ts'
import type { Mark } from './lines.ts'
import { isMarkerElement, isSignatureElement } from './marker.ts'

/** What is looked at of an element. */
interface Element {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  /** The first words inside it, asked for only where they matter. */
  readonly words: () => string
  /** All the words inside it, asked for only where they matter. */
  readonly text: () => string
  /** Whether a blockquote is its direct child. */
  readonly holdsBlockquote: () => boolean
}

/** The mark of an element, `gmail` for Gmail's quote around an attribution and blockquotes, or null. */
export function containerMark(element: Element): Exclude<Mark, 'plain'> | 'gmail' | null {
  const { name, attributes } = element
  if (attributes.size === 0) return name === 'blockquote' ? 'indent' : null
  if (isMarkerElement(attributes)) return 'marker'
  if (isSignatureElement(attributes, element.text)) return 'ours'
  const ids = names(attributes.get('id'))
  const classes = names(attributes.get('class'))
  const named = (attributes.get('name') ?? '').toLowerCase()
  const style = (attributes.get('style') ?? '').toLowerCase()
  if (
    ids.some((id) => afterIds.has(id)) ||
    (name === 'hr' && (attributes.has('data-marker') || ids.includes('zwchr') || ids.includes('replysplit')))
  )
    return 'after'
  if (
    classes.some((c) => signClasses.has(c)) ||
    ids.some((id) => signIds.has(id) || /android_signature$/.test(id)) ||
    attributes.has('data-signature-widget') ||
    attributes.get('data-smartmail') === 'gmail_signature'
  )
    return 'sign'
  if (classes.some((c) => attributionClasses.has(c)) || ids.includes('reply-intro')) return 'attribution'
  if (name === 'blockquote') {
    if (classes.some((c) => quoteClasses.has(c)) || ids.some((id) => quoteIds.has(id))) return 'cut'
    if (classes.includes('gmail_quote')) return 'reply'
    if (attributes.get('type')?.toLowerCase() === 'cite' || classes.some((c) => citeClasses.has(c)) || mailRu.test(style)) return 'cite'
    return 'indent'
  }
  if (classes.includes('gmail_quote') || classes.includes('gmail_quote_container')) return element.holdsBlockquote() ? 'gmail' : 'cut'
  if (classes.some((c) => quoteClasses.has(c)) || classes.some((c) => /^front-(?:blockquote|quote)/.test(c))) return 'cut'
  if (ids.some((id) => quoteIds.has(id) || id.includes('yahoo_quoted') || /^cm_quote/.test(id))) return 'cut'
  if (named === 'quote' || named === 'quoted-content' || named === 'messagereplysection') return 'cut'
  if (style !== '' && topBorder(style) && opensHeader(element.words())) return 'after'
  return null
}

/** `x_` of Outlook and `yiv123` of Yahoo go; several classes are several names. */
function names(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  return value
    .toLowerCase()
    .split(/\s+/)
    .slice(0, 12)
    .map((n) => n.replace(/^(?:x_|yiv\d+_?|m_-?\d+)+/, '').replace(/_mr_css_attr$/, ''))
}

/** Outlook 2007 to 2019 and Windows Mail: a thin line above From:/Von:/От:. */
function topBorder(style: string): boolean {
  const flat = style.replace(/\s+/g, '')
  return (
    /border-top:(?:solid#[0-9a-f]{3,6}1\.0pt|#[0-9a-f]{3,6}1\.0ptsolid|1\.0ptsolid#[0-9a-f]{3,6})/.test(flat) ||
    (flat.includes('border-top-width:1px') && flat.includes('border-top-style:solid')) ||
    /border-top:(?:1px)?solid(?:1px)?(?:rgb\(181,196,223\)|rgb\(225,225,225\))/.test(flat)
  )
}

function opensHeader(words: string): boolean {
  return headerFields(words) !== null || /^\p{L}{2,16}\s?[:：]\s?[^\n]{0,80}@/u.test(words)
}

const mailRu = /border-left:\s?1px solid #0857a6|border-left-color:\s?rgb\(8, 87, 166\)/

const afterIds = new Set([
  'appendonsend',
  'divrplyfwdmsg',
  'mail-editor-reference-message-container',
  'olk_src_body_section',
  'origbody',
  'orimsghtmlseperator',
  'replysplit',
])
const quoteIds = new Set([
  'isforwardcontent',
  'isreplycontent',
  'reply139content',
  'mail-app-auto-quote',
  'composewebview_previouse_content',
  'oriMsgHtmlSeperator'.toLowerCase(),
])
const quoteClasses = new Set([
  'ms-outlook-mobile-reference-message',
  'yahoo_quoted',
  'yahoo-quoted-begin',
  'iosymail',
  'mail-quote-collapse',
  'protonmail_quote',
  'zmail_extra',
  'zmail_extra_hr',
  'tutanota_quote',
  'moz-forward-container',
  'quotebody',
  'sh-quoted-content',
  'cm_quote',
  'edo-reply-quote',
  'bloop_original_html',
  'hs_reply',
  'ntes_not_fresh_quote',
  'foxmail_quote',
  'mcntquote',
  'alimail-quote',
  'history_container',
  'superhuman_quote',
])
const citeClasses = new Set(['clean_bq', 'cite', 'quote', 'wordwrappedquote', 'moz-quote', 'iosymail', 'k9mail_quote', 'elided-text'])
const attributionClasses = new Set([
  'gmail_attr',
  'moz-cite-prefix',
  'airmail_ext_on',
  'moz-email-headers-table-prefix',
  'email-quote-header',
  'quote-header',
  'protonmail_quote_header',
])
const signClasses = new Set([
  'gmail_signature',
  'gmail_signature_prefix',
  'moz-signature',
  'ms-outlook-mobile-signature',
  'protonmail_signature_block',
  'tutanota_signature',
  'bloop_sign',
  'spark_signature',
  'zmail_signature',
  'x-signature',
])
const signIds = new Set([
  'applemailsignature',
  'applemailsignaturebr',
  'ms-outlook-mobile-signature',
  'mail-app-auto-signature',
  'mail-app-auto-default-signature',
  'signature',
  'bloop_sign',
  'zm-_id_-sgn',
  'zm-_id_-sgn1',
  'yandex-signature',
])
