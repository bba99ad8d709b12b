// How PostgreSQL makes the words of a document out of the tables that hold its texts. Nothing is stored a second time: a GIN index on an
// expression keeps the words alone, in a tenth of the room that a column of them and its index would take.
//
// The function reads tables and is declared immutable all the same, which PostgreSQL asks of the expression of an index. It holds where it
// matters: whatever changes a text has its row of `search_docs` deleted and inserted again by the indexer, and until then the index says what
// was true when it was written, as an index beside the work does. REINDEX and a restored dump make it of what the tables hold by then.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import { letterOf, longestText } from './lexemes.ts'
import { longestWord } from './words.ts'

/** The words (folded) as PostgreSQL's index has them. */
export async function stemsInPostgres(db: Kysely<Tables>, words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ word: string; stem: string | null }>`
    select w as word, (tsvector_to_array(search_vector(w)))[1] as stem from jsonb_array_elements_text(${JSON.stringify(words)}::jsonb) w`.execute(
    db,
  )
  return new Map(rows.map((r) => [r.word, r.stem ?? r.word]))
}

type Db = Kysely<Record<string, Record<string, unknown>>>

/** Makes dictionaries (Snowball's, without stop words) and functions in the schema of the tables. */
export async function makeWordFunctions(db: Db): Promise<void> {
  const { rows } = await sql<{ schema: string; knows: boolean; utf8: boolean }>`
    select current_schema() as schema, lower('Ж') = 'ж' as knows, getdatabaseencoding() = 'UTF8' as utf8`.execute(db)
  const { schema = 'public', knows = false, utf8 = true } = rows[0] ?? {}
  const own = (name: string) => sql`${sql.id(schema)}.${sql.id(name)}`
  for (const language of ['english', 'russian'])
    await sql`create text search dictionary ${own(`search_${language}`)} (template = pg_catalog.snowball, language = ${sql.raw(language)})`.execute(
      db,
    )
  await sql`create text search configuration ${own('search_words')} (parser = pg_catalog."default")`.execute(db)
  for (const [types, dictionary] of [
    ['asciiword', own('search_english')],
    ['word', own('search_russian')],
    ['numword, uint, int, float, sfloat, version', sql`pg_catalog.simple`],
  ] as const)
    await sql`alter text search configuration ${own('search_words')} add mapping for ${sql.raw(types)} with ${dictionary}`.execute(db)

  // As `fold` and `wordsOf` of words.ts; each name is known with its schema, as upkeep of the database looks in none.
  await sql`create function ${own('search_fold')}(t text) returns text language sql immutable strict parallel safe as ${sql.lit(
    utf8 ? foldOf(knows) : `select regexp_replace(lower(t), '[^[:alnum:]]+', ' ', 'g')`,
  )}`.execute(db)
  await sql`create function ${own('search_vector')}(t text) returns tsvector language plpgsql immutable parallel safe
    set search_path from current as ${sql.lit(`begin
      return to_tsvector('search_words'::regconfig, search_fold(left(coalesce(t, ''), ${longestText})));
    end`)}`.execute(db)
  // A price at which no plan does without the index, and none is taken for a long one, which PostgreSQL would compile and spread over processes first.
  await sql`create function ${own('search_document')}(n integer, place integer) returns tsvector
    language plpgsql immutable strict parallel safe cost 1000 set search_path from current as ${sql.lit(documentOf)}`.execute(db)
}

/** Lower case, without accents; й keeps its sign, as Russian endings are told by it. */
function foldOf(localeKnowsLetters: boolean): string {
  const small = 'lower(normalize(t, NFKD))'
  const capitals = capitalLetters()
  const folded = localeKnowsLetters ? small : `translate(${small}, '${capitals}', '${capitals.toLowerCase()}')`
  return `select regexp_replace(regexp_replace(regexp_replace(replace(${folded}, U&'\\0438\\0306', U&'\\0439'),
    '[${rangesOf(/\p{M}/u)}]+', '', 'g'), '[^a-z0-9${rangesOf(/[\p{L}\p{N}]/u)}]+', ' ', 'g'), '([^ ]{${longestWord}})[^ ]+', '\\1', 'g')`
}

/** Characters beyond ASCII that have a property, as ranges within the brackets of PostgreSQL's regular expressions. */
function rangesOf(property: RegExp): string {
  const code = (point: number): string => `\\U${point.toString(16).padStart(8, '0')}`
  let out = ''
  for (let point = 0x80, from = -1; point <= 0x20000; point++) {
    const has = point < 0x20000 && (point < 0xd800 || point > 0xdfff) && property.test(String.fromCodePoint(point))
    if (has && from < 0) from = point
    if (has || from < 0) continue
    out += from === point - 1 ? code(from) : `${code(from)}-${code(point - 1)}`
    from = -1
  }
  return out
}

/** Latin, Greek and Cyrillic capitals that are left once accents are off: with the locale C, lower() knows those of ASCII alone. */
function capitalLetters(): string {
  let out = ''
  for (let point = 0x80; point < 0x530; point++) {
    const letter = String.fromCodePoint(point)
    const small = letter.toLowerCase()
    if (small !== letter && small.length === 1 && letter.normalize('NFKD') === letter) out += letter
  }
  return out
}

/** As `documentsOf` of document.ts: the words of each field with the letter of their field, those of the body as they are. */
const documentOf = `declare
  c record;
  m record;
  subject text := '';
  author text := '';
  people text := '';
  body text := '';
  files text := '';
begin
  select * into c from cases where number = n;
  if not found then return null; end if;
  if place % 4 = 0 then
    subject := c.subject;
    author := c.requester_name || ' ' || c.requester_address;
    people := (select string_agg(p.name || ' ' || p.address, ' ') from case_people p where p.case_id = c.id);
    body := coalesce((select string_agg(tag, ' ') from case_tags where case_id = c.id), '');
    begin
      body := concat_ws(' ', body, (select string_agg(v #>> '{}', ' ') from jsonb_path_query(c.custom::jsonb, 'strict $.**') v
        where jsonb_typeof(v) in ('string', 'number')));
    exception when data_exception then
      body := body || ' ' || c.custom; -- signs that jsonb cannot hold
    end;
  elsif place % 4 = 1 then
    select * into m from messages where case_id = c.id and seq = place / 4 and state <> 'cancelled';
    if not found then return null; end if;
    subject := c.subject || ' ' || m.subject;
    author := concat_ws(' ', m.author_name, m.author_address, m.agent);
    body := m.text;
    files := (select string_agg(filename, ' ') from attachments where message_id = m.id);
    begin
      people := (select string_agg(concat_ws(' ', a ->> 'name', a ->> 'address'), ' ') from unnest(array['to', 'cc', 'bcc']) h,
        jsonb_array_elements(coalesce(m.recipients::jsonb -> h, '[]'::jsonb)) a);
    exception when data_exception then
      people := m.recipients;
    end;
  else
    select * into m from notes where case_id = c.id and seq = place / 4;
    if not found then return null; end if;
    subject := c.subject;
    author := coalesce(m.agent, m.author);
    body := m.text;
  end if;
  return (
    select array_to_tsvector(array_agg(distinct f.letter || v.lexeme)) from
      (values ('${letterOf.subject}', subject), ('${letterOf.author}', author), ('${letterOf.people}', people), ('${letterOf.files}', files),
        ('${letterOf.body}', body)) f (letter, t), unnest(search_vector(f.t)) v where v.lexeme <> '');
end`
