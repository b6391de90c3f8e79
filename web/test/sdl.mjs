// The contract as it is written: schema.graphqls and graph/schema/*.graphqls.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';

const root = new URL('../../', import.meta.url);
const nouns = readdirSync(new URL('graph/schema/', root)).filter((name) => name.endsWith('.graphqls'));

export const sdl = ['schema.graphqls', ...nouns.sort().map((name) => `graph/schema/${name}`)]
  .map((path) => readFileSync(new URL(path, root), 'utf8'))
  .join('\n');

export const schema = buildSchema(sdl);
