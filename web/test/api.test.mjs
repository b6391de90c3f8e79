// The running API keeps its contract: what it says of itself, the explorer's examples, and live events across a lost socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { buildClientSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql';
import { watch } from '../src/live.js';
import { schema } from './sdl.mjs';
import { commenter, examplesHere, patience, send, socket, talkAbout, withoutServer } from './server.mjs';

talkAbout(1);
const options = { skip: withoutServer, timeout: patience };

test('introspection answers with the written contract', options, async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, directiveIsRepeatable: true });
  const { data, errors } = await send({ query });
  assert.equal(errors, undefined);
  const lines = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n');
  const [said, written] = [lines(buildClientSchema(data)), lines(schema)];
  // First what is only in one of them, which reads better; then that all of it is equal.
  assert.deepEqual(said.filter((line) => !written.includes(line)), [], 'only said');
  assert.deepEqual(written.filter((line) => !said.includes(line)), [], 'only written');
  assert.ok(said.join('\n') === written.join('\n'), 'in the same places');
});

test('the examples to read work', options, async () => {
  const { Process, Commitment, Diff } = await examplesHere();
  for (const example of [Process, Commitment, Diff]) {
    const { data, errors } = await send(example);
    assert.equal(errors, undefined);
    assert.ok(Object.values(data).every(Boolean), `${Object.keys(data)} is there`);
  }
});

test('the examples to sign in and to comment work', options, async () => {
  const post = await commenter();
  assert.ok(await post('Bonjour'));
});

test('an event comes with its cursor beside the data', options, async (t) => {
  const [{ Watch }, post] = [await examplesHere(), await commenter()];
  const client = socket();
  t.after(() => client.dispose());
  const events = client.iterate(Watch);
  await post('Bonjour'); // after the cursor that Watch goes on from
  const { value } = await events.next();
  assert.ok(value.data.commitmentEvents.cursor);
  assert.equal(value.extensions.cursor, value.data.commitmentEvents.cursor);
});

test('a subscriber that loses its socket misses nothing and gets nothing twice', options, async (t) => {
  const [{ Watch }, post] = [await examplesHere(), await commenter()];
  const client = socket();
  t.after(() => client.dispose());
  let opened;
  client.on('opened', (socket) => (opened = socket));

  const received = [];
  watch(client, Watch, {
    next: ({ data }) => received.push(data.commitmentEvents),
    error: (reason) => t.diagnostic(`error: ${JSON.stringify(reason)}`),
    complete: () => t.diagnostic('complete'),
  });
  const posted = [];
  const arrived = async () => {
    const ids = () => received.map((event) => event.comment?.id).filter((id) => posted.includes(id));
    while (ids().length < posted.length) await pause(10, undefined, { signal: t.signal });
    assert.deepEqual(ids(), posted);
  };

  posted.push((await post('before')).id);
  await arrived();
  opened.terminate();
  posted.push((await post('meanwhile')).id, (await post('meanwhile too')).id);
  await arrived();
  posted.push((await post('after')).id);
  await arrived();

  const cursors = received.map((event) => event.cursor);
  assert.equal(new Set(cursors).size, cursors.length);
});

test('a wrong token is refused for good, in connection_init too', options, async (t) => {
  const { Watch } = await examplesHere();
  const client = socket({ authorization: 'Bearer wrong' });
  t.after(() => client.dispose());
  const reason = await new Promise((resolve) => watch(client, Watch, { next: resolve, error: resolve, complete: resolve }));
  assert.equal(reason?.code, 4403);
});
