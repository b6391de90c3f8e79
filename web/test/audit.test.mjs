// GraphQL over HTTP, as graphql-http's audit sees it: every one of its checks, those that only say MAY too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditServer } from 'graphql-http';
import { patience, url, withoutServer } from './server.mjs';

test('every check of the audit is ok', { skip: withoutServer, timeout: patience }, async (t) => {
  const results = await auditServer({ url: `${url}/graphql` });
  const others = results.filter(({ status }) => status !== 'ok').map(({ id, status, reason }) => `${id} ${status}: ${reason}`);
  assert.deepEqual(others, []);
  assert.ok(results.length >= 61, `${results.length} checks`);
  t.diagnostic(`${results.length} checks`);
});
