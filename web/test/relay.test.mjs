// Relay's compiler accepts the contract: nodes, connections in both directions, refetching, live updates. Needs no server.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { printSchema } from 'graphql';
import { schema } from './sdl.mjs';

test('relay-compiler compiles documents that use its conventions', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-relay-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(new URL('relay', import.meta.url), join(folder, 'src'), { recursive: true });
  mkdirSync(join(folder, 'artifacts'));
  writeFileSync(join(folder, 'schema.graphql'), printSchema(schema)); // as introspection tells it: the compiler reads no `extend` before its type
  writeFileSync(
    join(folder, 'relay.config.json'),
    JSON.stringify({ src: 'src', schema: 'schema.graphql', artifactDirectory: 'artifacts', language: 'javascript' }),
  );

  const compiler = fileURLToPath(new URL('../node_modules/.bin/relay-compiler', import.meta.url));
  const { status, stdout, stderr } = spawnSync(compiler, ['relay.config.json'], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.ok(readdirSync(join(folder, 'artifacts')).includes('CommentThreadSubscription.graphql.js'), 'it compiled what is in web/test/relay');
});
