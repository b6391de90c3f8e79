// What docs/live.md says: its examples as modules that can be imported, and its tables.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(new URL('../../docs/live.md', import.meta.url), 'utf8');

/** The blocks of a language, with their first line if that is the name of a file. */
const blocks = (language) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(?:// (\\S+)\n)?([^]*?)\`\`\``, 'g'))].map(([, name, text]) => ({ name, text }));

export const [{ text: Events }] = blocks('graphql');

/** The examples of clients, by file name. */
export const clients = blocks('js')
  .map(({ name }) => name)
  .filter((name) => name.startsWith('with-'));

/** The cells of the table under a heading, without its head. */
export const table = (heading) =>
  page
    .split(`\n## ${heading}\n`)[1]
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));

/**
 * Writes all examples to a folder from which packages are found, each test's own, with the server at another address and less time between tries, and
 * answers with a function that imports one. `changes` are made to them. They bear a minute of silence, as the page says: on a busy machine connecting
 * alone may take seconds. After the next message they bear only so many milliseconds as the function's `once` is set to, and after others a minute again.
 */
export function examplesAt(t, address, changes = []) {
  const above = new URL('../node_modules/.live/', import.meta.url).pathname;
  mkdirSync(above, { recursive: true });
  const folder = mkdtempSync(above);
  t.after(() => rmSync(folder, { recursive: true }));
  const importer = Object.assign((name) => import(join(folder, name)), { once: undefined });
  (globalThis.patience ??= {})[folder] = () => {
    const { once = 60_000 } = importer;
    importer.once = undefined;
    return once;
  };
  for (const { name, text } of blocks('js')) {
    const all = [
      ['localhost:8080', address],
      ['60_000', `globalThis.patience['${folder}']()`],
      ['500 * 2', '25 * 2'],
      ['30_000', '400'],
      ...changes,
    ];
    writeFileSync(join(folder, name), all.reduce((written, [from, to]) => written.replaceAll(from, to), text));
  }
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  return importer;
}
