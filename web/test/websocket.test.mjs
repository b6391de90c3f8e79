// The server keeps to graphql-transport-ws with the client that most use, and to RFC 6455 with the WebSocket that most use.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { commenter, examplesHere, patience, send, talkAbout, url, withoutServer } from './server.mjs';

talkAbout(3);
const options = { skip: withoutServer, timeout: patience };
const address = url && `${url.replace(/^http/, 'ws')}/graphql`;
const protocol = 'graphql-transport-ws';

function client(t, settings) {
  const made = createClient({ url: address, webSocketImpl: WebSocket, retryWait: async () => {}, ...settings });
  t.after(() => made.dispose());
  return made;
}

/** What an operation is answered with, to its end. */
async function all(client, operation) {
  const answers = [];
  for await (const answer of client.iterate(operation)) answers.push(answer);
  return answers;
}

for (const lazy of [true, false]) {
  test(`${lazy ? 'a lazy' : 'an eager'} client has queries answered once`, options, async (t) => {
    const events = [];
    const on = Object.fromEntries(['connected', 'closed'].map((name) => [name, () => events.push(name)]));
    const c = client(t, { lazy, on, onNonLazyError: assert.ifError, lazyCloseTimeout: 0 });
    if (!lazy) while (!events.includes('connected')) await new Promise(setImmediate);
    assert.deepEqual(await all(c, { query: '{ __typename }' }), [{ data: { __typename: 'Query' }, extensions: { cost: 1 } }]);
    const many = await Promise.all(Array.from({ length: 50 }, () => all(c, { query: '{ __typename }' })));
    assert.equal(many.flat().length, 50);
    if (lazy) while (!events.includes('closed')) await new Promise(setImmediate);
    else assert.deepEqual(events, ['connected']);
  });
}

test('a mutation over the socket is done once', options, async (t) => {
  const { SignIn, PostComment } = await examplesHere();
  const { token } = (await send(SignIn)).data.signIn;
  const c = client(t, { connectionParams: { authorization: `Bearer ${token}` } });
  const body = `Une fois ${crypto.randomUUID()}`;
  const answers = await all(c, { ...PostComment, variables: { input: { ...PostComment.variables.input, body } } });
  assert.equal(answers.length, 1);
  assert.equal(answers[0].errors, undefined);
});

test('errors end an operation, and the socket is as good as before', options, async (t) => {
  const c = client(t);
  await assert.rejects(all(c, { query: '{ zibeline }' }), (errors) => Array.isArray(errors) && errors[0].message.includes('zibeline'));
  assert.equal((await all(c, { query: '{ __typename }' })).length, 1);
});

test('a bad token is refused with 4403', options, async (t) => {
  const c = client(t, { connectionParams: { authorization: 'Bearer wrong' }, retryAttempts: 0 });
  await assert.rejects(all(c, { query: '{ __typename }' }), ({ code }) => code === 4403);
});

test('pings of the client are answered', options, async (t) => {
  let pongs = 0;
  const c = client(t, { lazy: false, keepAlive: 5, onNonLazyError: assert.ifError, on: { pong: (received) => received && pongs++ } });
  while (pongs < 3) await new Promise(setImmediate);
  assert.equal((await all(c, { query: '{ __typename }' })).length, 1);
});

/** A way to the server that can be cut. */
async function cutter(t) {
  const open = new Set();
  const { hostname, port } = new URL(url);
  const way = createServer((near) => {
    const far = createConnection({ host: hostname, port });
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  const cut = () => { for (const socket of open) socket.destroy(); open.clear(); };
  t.after(() => { cut(); way.close(); });
  await once(way, 'listening');
  return { url: `ws://127.0.0.1:${way.address().port}/graphql`, cut };
}

test('a client that is cut again and again comes back with its cursor: no gap, no repeat', options, async (t) => {
  const [{ Watch }, post, way] = [await examplesHere(), await commenter(), await cutter(t)];
  const c = client(t, { url: way.url, retryAttempts: 1000, shouldRetry: () => true });
  const operation = structuredClone(Watch);
  const seen = [];
  c.subscribe(operation, {
    next: ({ data, extensions }) => { seen.push(data.commitmentEvents.comment?.id); operation.variables.after = extensions.cursor; },
    error: (reason) => seen.push(reason), complete: () => seen.push('complete'),
  });
  const wanted = [];
  for (let i = 0; i < 20; i++) {
    wanted.push((await post(`Coupure ${i}`)).id);
    if (i % 3 === 0) way.cut();
  }
  while (seen.length < wanted.length) await new Promise(setImmediate);
  assert.deepEqual(seen, wanted);
});

/** A socket of the package ws, with all that comes on it. */
async function plain(t, offered = protocol) {
  const socket = new WebSocket(address, offered);
  t.after(() => socket.terminate());
  const messages = [];
  socket.on('message', (data) => messages.push(String(data)));
  await once(socket, 'open');
  return { socket, messages };
}

const closed = async (socket) => { const [code, reason] = await once(socket, 'close'); return [code, String(reason)]; };

/** Sends a message in two fragments, with a ping of the protocol below between them, and waits for its pong. */
async function sendInParts(socket, message) {
  const text = JSON.stringify(message);
  socket.send(text.slice(0, 10), { fin: false });
  socket.ping('between');
  socket.send(text.slice(10), { fin: true });
  const [data] = await once(socket, 'pong');
  assert.equal(String(data), 'between');
}

test('ws: messages in fragments, pings between them, and large ones', options, async (t) => {
  const { socket, messages } = await plain(t);
  const next = async () => {
    while (messages.length === 0) await once(socket, 'message');
    return JSON.parse(messages.shift());
  };

  for (const size of [0, 100, 125, 126, 4_000]) {
    const payload = { a: 'é'.repeat(size / 2) };
    await sendInParts(socket, { type: 'ping', payload });
    assert.deepEqual(await next(), { type: 'pong', payload });
  }

  // The payload of a ping may not be longer; a document may.
  socket.send('{"type":"connection_init"}');
  assert.deepEqual(await next(), { type: 'connection_ack' });
  for (const size of [65_500, 65_600, 1_000_000]) {
    const query = `{ # ${'é'.repeat(size / 2)}\n __typename }`;
    await sendInParts(socket, { id: '1', type: 'subscribe', payload: { query } });
    assert.deepEqual((await next()).payload.data, { __typename: 'Query' });
    assert.deepEqual(await next(), { id: '1', type: 'complete' });
  }
});

for (const [name, act, code] of [
  ['a binary message', (s) => s.send(Buffer.from('{"type":"ping"}')), 4400],
  ['no JSON', (s) => s.send('{'), 4400],
  ['an operation before the beginning', (s) => s.send('{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}'), 4401],
  ['a message that is too large', (s) => s.send('x'.repeat((1 << 20) + 1)), 1009],
  ['no UTF-8', (s) => s.send(Buffer.from([0xff]), { binary: false }), 1007],
  ['a frame that is not masked', (s) => s.send('{"type":"ping"}', { mask: false }), 1002],
  ['the end', (s) => s.close(4000, 'bye'), 4000],
]) {
  test(`ws: ${name} is answered with ${code}`, options, async (t) => {
    const { socket } = await plain(t);
    act(socket);
    assert.equal((await closed(socket))[0], code);
  });
}

test('ws: another subprotocol is echoed, then closed with 4406', options, async (t) => {
  const { socket } = await plain(t, 'graphql-ws');
  assert.deepEqual([socket.protocol, ...(await closed(socket))], ['graphql-ws', 4406, 'Subprotocol not acceptable']);
});
