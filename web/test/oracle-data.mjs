// The tables as they were dumped, and what follows from them. Nothing here reads a counter: what can be counted is.
import { GraphQLError } from 'graphql';

/** A refusal with its code, as the server's. */
export const refuse = (code, field) => new GraphQLError(code, { extensions: { code, field } });
const badInput = (field) => refuse('BAD_USER_INPUT', field);

/** Indexes the dump: each table by id, with the name of its GraphQL type, and rows by what they belong to. */
export function load({ tables, ...more }) {
  const nodes = new Map();
  for (const [type, rows] of Object.entries(tables)) {
    for (const row of rows) {
      row.__typename = type;
      nodes.set(row.id, row);
    }
  }
  const index = new Map();
  const all = (type, column, value) => {
    const name = `${type}.${column}`;
    if (!index.has(name)) index.set(name, group(tables[type], column));
    return index.get(name).get(value) ?? [];
  };
  return { tables, all, get: (id) => nodes.get(id) ?? null, ...more };
}

function group(rows, column) {
  const groups = new Map();
  for (const row of rows) groups.set(row[column], [...(groups.get(row[column]) ?? []), row]);
  return groups;
}

/** Remembers what a function of one row answers: the world stands still. */
export function once(f) {
  const known = new WeakMap();
  return (row) => {
    if (!known.has(row)) known.set(row, f(row));
    return known.get(row);
  };
}

/** A moment as a number of microseconds, which a double holds exactly. */
export function moment(text) {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d{1,6}))?Z$/.exec(text);
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

/** Compares lists of keys; a shorter list comes before those it begins. */
export function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return a.length - b.length;
}

export const sorted = (rows, keys) => [...rows].sort((a, b) => compare(keys(a), keys(b)));

/** The name of a row's place in a list: the test matches it with the server's cursor. */
const cursor = (name, row) => `cursor:${name}#${row.id}`;

/**
 * A connection: rows sorted by their keys, the last of which is the id, all upward or all downward; then what is after
 * one place and before another; then some from one end.
 */
export function connection(get, name, rows, keys, { first, after, last, before }, { descending = false, ...more } = {}) {
  const order = (a, b) => (descending ? -1 : 1) * compare(keys(a), keys(b));
  const list = [...rows].sort(order);
  if (first != null && last != null) throw badInput('last');
  const size = first ?? last ?? 20;
  if (size < 1 || size > 50) throw badInput(last == null ? 'first' : 'last');
  const place = (argument, value) => {
    const row = value.startsWith(`cursor:${name}#`) ? get(value.split('#')[1]) : null;
    if (!row) throw badInput(argument);
    return row;
  };
  let rest = list;
  if (after != null) rest = rest.filter(((row) => (other) => order(other, row) > 0)(place('after', after)));
  if (before != null) rest = rest.filter(((row) => (other) => order(other, row) < 0)(place('before', before)));
  const page = last == null ? rest.slice(0, size) : rest.slice(-size);
  const further = rest.length > size;
  return {
    totalCount: list.length,
    nodes: page,
    edges: page.map((node) => ({ node, cursor: cursor(name, node) })),
    pageInfo: {
      // There is something where the page begins or ends at a place, and beyond it the way it was counted.
      hasNextPage: before != null || (last == null && further),
      hasPreviousPage: after != null || (last != null && further),
      startCursor: page.length > 0 ? cursor(name, page[0]) : null,
      endCursor: page.length > 0 ? cursor(name, page.at(-1)) : null,
    },
    list,
    ...more,
  };
}

/** What search compares: letters without accents or case, ligatures spelt out; anything else separates words. */
export const words = (text) =>
  text.normalize('NFKD').toLowerCase().replace(/\p{Mn}/gu, '').replaceAll('œ', 'oe').replaceAll('æ', 'ae').replaceAll('ß', 'ss')
    .split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Whether a text holds all words of a search, in any place. */
export const holds = (text, search) => search == null || words(search).every((word) => words(text).join(' ').includes(word));

/** Language tags, the preferred one first, of an Accept-Language header. */
export function preferred(header) {
  const entries = header.split(',').map((entry) => {
    const [tag, ...parameters] = entry.split(';').map((part) => part.trim());
    return { tag, q: Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1) };
  });
  return entries.filter(({ tag, q }) => tag && q > 0).sort((a, b) => b.q - a.q).map(({ tag }) => tag);
}

/** The language in which a text is shown: that asked for, the reader's, the process's, any. */
export function language(texts, languages, asked, header) {
  for (const wanted of [...(asked == null ? [] : [asked]), ...preferred(header)]) {
    const parts = wanted.split('-');
    for (let n = parts.length; n > 0; n--) {
      const tag = [parts[0].toLowerCase(), ...parts.slice(1, n).map((region) => region.toUpperCase())].join('-');
      if (tag in texts) return tag;
    }
  }
  return languages.find((tag) => tag in texts) ?? Object.keys(texts)[0] ?? '';
}
