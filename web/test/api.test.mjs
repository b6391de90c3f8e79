// The running API keeps its contract: what it says of itself, the explorer's examples, and live events across a lost socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { buildSchema, getIntrospectionQuery, introspectionFromSchema, Kind, parse, parseValue, print, visit } from 'graphql';
import { watch } from '../src/live.js';
import { schema, sdl } from './sdl.mjs';
import { commenter, examplesHere, patience, send, socket, talkAbout, url, withoutServer } from './server.mjs';

talkAbout(1);
const options = { skip: withoutServer, timeout: patience };

// What introspection may be asked for. Directives cannot be deprecated in the edition that we follow.
const everything = { inputValueDeprecation: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, oneOf: true };

/** Introspection without what no specification says: how built-in types are described, and what is newer or in another order. */
function specified({ types, directives, ...rest }) {
  const byName = (a, b) => (a.name < b.name ? -1 : 1);
  const inOrder = (list) => list && [...list].sort(byName);
  const isOurs = ({ name }) => !/^(__.*|String|Int|Float|Boolean|ID)$/.test(name);
  return {
    ...rest,
    types: inOrder(types.filter(isOurs)).map((type) => ({ ...type, possibleTypes: inOrder(type.possibleTypes), interfaces: inOrder(type.interfaces) })),
    builtIn: inOrder(types.map(({ name, kind }) => ({ name, kind })).filter((type) => !isOurs(type))),
    directives: inOrder(directives.map(({ isDeprecated, deprecationReason, locations, description, ...directive }) => ({
      ...directive,
      locations: locations.filter((location) => location !== 'DIRECTIVE_DEFINITION'),
    }))),
  };
}

test('introspection answers as graphql-js does for the written contract', options, async () => {
  const { data, errors } = await send({ query: getIntrospectionQuery(everything) });
  assert.equal(errors, undefined);
  const plain = ({ __schema }) => JSON.parse(JSON.stringify(specified(__schema), (key, value) => (key === 'defaultValue' && value ? print(parseValue(value)) : value)));
  const [said, written] = [plain(data), plain(introspectionFromSchema(schema, everything))];
  assert.deepEqual(Object.keys(said), Object.keys(written));
  // Type by type, which reads better.
  for (const [i, type] of written.types.entries()) assert.deepEqual(said.types[i], type, type.name);
  assert.deepEqual(said, written);
});

/** What a document defines, each with the directives on it and on all that is in it. */
function directivesIn(document) {
  const uses = [];
  const path = [];
  visit(document, {
    enter(node) {
      if (node.name) path.push(node.name.value);
      if (node.kind === Kind.DIRECTIVE) uses.push(`${path.join('.')} ${print(node)}`);
    },
    leave: (node) => node.name && path.pop(),
  });
  return uses.sort();
}

test('the contract that is served says what the written one does, with its directives', options, async () => {
  const answer = await fetch(`${url}/schema.graphql`);
  assert.equal(answer.status, 200);
  const served = await answer.text();
  assert.deepEqual(specified(introspectionFromSchema(buildSchema(served), everything).__schema), specified(introspectionFromSchema(schema, everything).__schema));
  assert.deepEqual(directivesIn(parse(served)), directivesIn(parse(sdl)));
});

test('the specification of a type that is none of its kind is null', options, async () => {
  const kinds = { Node: 'INTERFACE', Commitment: 'OBJECT', CommentOrder: 'ENUM', PostCommentInput: 'INPUT_OBJECT', DateTime: 'SCALAR' };
  const fields = 'kind fields { name } interfaces { name } possibleTypes { kind } enumValues { name } inputFields { name } isOneOf';
  const aliases = Object.keys(kinds).map((name) => `${name}: __type(name: "${name}") { ${fields} }`);
  const { data } = await send({ query: `{ ${aliases.join(' ')} unknown: __type(name: "Zib") { name } }` });
  const given = Object.fromEntries(Object.entries(data).filter(([, type]) => type).map(([name, { kind, ...type }]) => [
    `${name} ${kind}`,
    Object.keys(type).filter((field) => type[field] !== null),
  ]));
  assert.deepEqual(given, {
    'Node INTERFACE': ['fields', 'interfaces', 'possibleTypes'],
    'Commitment OBJECT': ['fields', 'interfaces'],
    'CommentOrder ENUM': ['enumValues'],
    'PostCommentInput INPUT_OBJECT': ['inputFields', 'isOneOf'],
    'DateTime SCALAR': [],
  });
  assert.deepEqual(new Set(data.Node.possibleTypes.map(({ kind }) => kind)), new Set(['OBJECT']));
  assert.equal(data.unknown, null);
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
