// Documents for a sanitiser to be tried with: at random, and after the shapes by which HTML becomes something else when it is read again.
import fc from 'fast-check'

const alone = [
  'br',
  'hr',
  'img',
  'wbr',
  'col',
  'input',
  'image',
  'keygen',
  'frame',
  'param',
  'link',
  'meta',
  'base',
  'embed',
  'source',
  'track',
]
const plain =
  'a abbr b big blockquote caption center code colgroup dd del div dl dt em figure font h1 h3 header i ins li nobr ol p pre q rb rp rt ruby s small span strike strong ' +
  'sub sup table tbody td tfoot th thead tr tt u ul var'
const odd =
  'address applet article aside button details dialog dir fieldset footer form frameset head hgroup html iframe body legend listing main marquee math menu menuitem mglyph ' +
  'mi mn mo ms mtext annotation-xml malignmark noembed noframes noscript object optgroup option output plaintext script search section select slot style summary svg desc ' +
  'foreignObject title template textarea video xmp x-y a:b'

const attributes = [
  '',
  ' title="a>b"',
  ` title='</p><img src=x onerror=alert(1)>'`,
  ' title="--><img src=x onerror=alert(1)>"',
  ' title="</style></title></textarea></noscript><img src=x onerror=alert(1)>"',
  ' style="color:red"',
  ` style='font-family:"x"'`,
  ' href="https://a.test/?b=c&d&lt=1"',
  ' href=javascript:alert(1)',
  ' href=" mailto:a b\u00a0"',
  ' src=cid:a%2541',
  ' src="cid:100% &#10;b"',
  ' src=x onerror=alert(1)',
  ' src="data:image/png;base64,AA AA&#13;AA"',
  ' encoding=text/html',
  ' encoding="application/xhtml+xml"',
  ' color=red size=3 face=Arial',
  ' id=x class=y name=z',
  ' title=&#13;&#10;x alt="\u00a0&nbsp;"',
  '/',
  ' a=1 a=2 ="3',
]

const texts = [
  'x',
  ' ',
  '\n',
  '\n\n',
  '\r\n',
  '&#13;',
  '&#10;&#10;',
  '&#0;',
  '\0',
  '\u00a0',
  '&nbsp',
  '&lt',
  '&amp;lt;img src=x onerror=alert(1)&gt;',
  '&',
  '<',
  '</',
  '<!',
  '<?',
  '>',
  '"',
  "'",
  '-->',
  '--!>',
  ']]>',
  '<!-- x -->',
  '<!-->',
  '<!--',
  '<![CDATA[',
  '<![CDATA[ x ]]>',
  '<!doctype html>',
  '\ud800',
  '\ufeff',
  '\u2028',
]

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...plain.split(' ')) },
  { weight: 2, arbitrary: fc.constantFrom(...odd.split(' ')) },
  { weight: 1, arbitrary: fc.constantFrom(...alone) },
)

/** Tags, attributes and text in any order, open, closed, cut off and at odds with one another. */
export const randomHtml: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(name, fc.constantFrom(...attributes)).map(([n, a]) => `<${n}${a}>`) },
      { weight: 4, arbitrary: name.map((n) => `</${n}>`) },
      { weight: 2, arbitrary: fc.constantFrom(...texts) },
      { weight: 1, arbitrary: name.map((n) => `<${n}`) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''))

const bait = '<img src=x onerror=alert(1)>'
const hidden = [
  bait,
  `<p title="${bait}">`,
  `<a title="</style>${bait}">`,
  `<a title="</title>${bait}">`,
  `<a title="</noscript>${bait}">`,
  `<a title="</xmp>${bait}">`,
  `<a title="-->${bait}">`,
  `<!--${bait}-->`,
  `<![CDATA[${bait}]]>`,
  `&lt;img src=x onerror=alert(1)&gt;`,
  `<style><!--</style>${bait}--></style>`,
  `<style><a title="</style>${bait}">`,
  `<script>${bait}</script>`,
  '<a href="https://a.test/">x<a href="https://b.test/">y',
  '<p>x<p>y',
  '<table><tr><td>x',
  '<b>x<div>y</b>z',
]

/** `$` is where something else stands. */
const around = [
  // Foreign content and the ways back from it.
  '<svg>$</svg>',
  '<svg><p>$</svg>',
  '<svg></p>$',
  '<svg><style>$</style></svg>',
  '<svg><title>$</title></svg>',
  '<svg><desc>$</desc></svg>',
  '<svg><foreignObject>$</foreignObject></svg>',
  '<svg><foreignobject><math>$',
  '<svg><a><foreignObject><a>$',
  '<math>$</math>',
  '<math><mi>$</mi></math>',
  '<math><mtext><table><mglyph><style>$',
  '<math><mtext><mglyph><svg><mtext><style><path id="</style>$">',
  '<form><math><mtext></form><form><mglyph><style></math>$',
  '<math><annotation-xml>$</annotation-xml></math>',
  '<math><annotation-xml encoding="text/html">$</annotation-xml></math>',
  '<math><annotation-xml encoding="application/xhtml+xml"><p>$</annotation-xml></math>',
  '<math><annotation-xml><svg><desc>$',
  '<svg><br>$',
  '<svg><font color=red>$',
  '<svg><font>$',
  // Content that is no markup, until something before it is gone.
  '<noscript>$</noscript>',
  '<noscript><p title="</noscript>$">',
  '<template>$</template>',
  '<template><tr>$</template>',
  '<select>$</select>',
  '<select><option>$<table>',
  '<table><select>$</table>',
  '<textarea>$</textarea>',
  '<title>$</title>',
  '<style>$</style>',
  '<xmp>$</xmp>',
  '<iframe>$</iframe>',
  '<noembed>$</noembed>',
  '<noframes>$</noframes>',
  '<plaintext>$',
  '<!--$-->',
  '<!--$--!>',
  '<!-->$-->',
  '<![CDATA[$]]>',
  '<?$?>',
  // Tables that put content out before themselves, and what of them stands outside of one.
  '<table>$</table>',
  '<table><tr>$</tr></table>',
  '<table><tbody>$',
  '<table><colgroup>$',
  '<table><caption>$</table>',
  '<table><td><table>$</table>',
  '<td>$</td>',
  '<p><table>$</table></p>',
  '<a href="https://a.test/"><table>$</table></a>',
  '<a href="https://a.test/"><table><tr><td>$',
  '<b><table><b>$',
  // Paragraphs in paragraphs.
  '<p>$</p>',
  '<p><button>$</button></p>',
  '<p><marquee>$</marquee></p>',
  '<p><object>$</object></p>',
  '<p><svg><desc>$</desc></svg></p>',
  '<p><A<b>$</p>',
  '<h1>$</h2>',
  '<li><ul>$<li>',
  '<dd><dl>$<dt>',
  '<button><p>$</button>',
  // Formatting that is adopted, opened again, and kept apart by what goes.
  '<b><i><p>$</b></i>',
  '<a href="https://a.test/"><div>$</a>',
  '<a href="https://a.test/"><marquee>$</marquee></a>',
  '<a href="https://a.test/"><svg><desc>$</desc></svg></a>',
  '<nobr><marquee>$',
  '<font color=red><p>$<p>',
  '<b><b><b><b><p>$',
  '<applet><b>$</applet>',
  '<em><strong><table></em>$',
  '<ruby><rt><rb>$',
  // Whose first line break is not read.
  '<pre>\n$</pre>',
  '<pre>\n\n$</pre>',
  '<pre><x>\n\n$</x></pre>',
  '<pre><svg>\n$</svg></pre>',
  '<listing>\n$</listing>',
  '<pre>&#10;$',
  // Elements that can be only once.
  '<form><form>$</form>',
  '<form><div></form><form>$',
  '<html><body>$</body></html>',
  '<body><frameset>$',
  '<head>$</head>',
]

/** Shapes of mutation XSS, one within another, one after another. */
export const hostileHtml: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...around), { minLength: 1, maxLength: 4 }),
    fc.array(fc.constantFrom(...hidden), { minLength: 1, maxLength: 3 }),
  )
  .chain(([shapes, baits]) =>
    fc
      .boolean()
      .map((isNested) =>
        isNested
          ? shapes.reduceRight((inner, shape) => shape.replace('$', () => inner), baits.join(''))
          : shapes.map((shape, i) => shape.replace('$', () => baits[i % baits.length] ?? '')).join(''),
      ),
  )

/** Every shape around every bait, once: the least that is always tried. */
export const mutationShapes: readonly string[] = around.flatMap((shape) => hidden.map((inner) => shape.replace('$', () => inner)))
