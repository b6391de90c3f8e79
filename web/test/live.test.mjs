// docs/live.md keeps its word: each of its examples follows a commitment while everything breaks, and gets every event once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, describe, mock, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { createClient, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import WebSocket, { WebSocketServer } from 'ws';
import { clients, Events, examplesAt, table } from './live-page.mjs';
import { Ensemble, Line, prepare, withoutGo } from './live-server.mjs';
import { patience } from './server.mjs';

// What browsers have.
globalThis.WebSocket ??= WebSocket;
globalThis.EventSource ??= EventSource;

const options = { skip: withoutGo, timeout: patience };

let built;
before(async () => {
  if (!withoutGo) built = await prepare();
});
after(() => built && rmSync(built.folder, { recursive: true }));

/** A server with a line to it, a commitment that hardly anybody speaks of, and somebody who will. */
async function scene(t) {
  const server = new Ensemble(built);
  const stops = [];
  t.after(async () => {
    for (const stop of stops) await stop();
    await server.stop('SIGKILL');
  });
  server.restore();
  await server.start();
  const line = new Line();
  const address = await line.open(server);
  t.after(() => line.close());

  const { commitments } = (await server.ask(
    '{ processes(first: 1) { nodes { commitments(first: 50, filter: {statuses: [OPEN]}) { nodes { id reference commentCount streamCursor } } } } }',
  )).processes.nodes[0];
  const [commitment] = commitments.nodes.toSorted((a, b) => a.commentCount - b.commentCount);
  const signIn = () =>
    server.ask('mutation { signIn(input: {email: "participant@example.org", password: "ensemble-demo"}) { token } }');
  let { token } = (await signIn()).signIn;

  const change = (field, type, input) =>
    server.ask(
      `mutation($input: ${type}!) { ${field}(input: $input) { comment { id } } }`,
      { input: { ...input, idempotencyKey: crypto.randomUUID() } },
      token,
    );
  return {
    server,
    stops, // what must be done before the server is gone
    line,
    address,
    commitment,
    async write(count) {
      for (let i = 0; i < count; i++) {
        await change('postComment', 'PostCommentInput', { subject: commitment.id, body: `No. ${i} ${crypto.randomUUID()}` });
        await pause(10);
      }
    },
    /** Posts three comments, changes one and deletes one. */
    async rewrite() {
      const ids = [];
      for (const body of ['one', 'two', 'three']) {
        ids.push((await change('postComment', 'PostCommentInput', { subject: commitment.id, body })).postComment.comment.id);
      }
      await change('editComment', 'EditCommentInput', { comment: ids[0], body: 'changed' });
      await change('deleteComment', 'DeleteCommentInput', { comment: ids[1] });
    },
    /** Forgets everything since the sample was filled in, sessions too. */
    async restore() {
      await server.stop('SIGKILL');
      server.restore();
      await server.start();
      ({ token } = (await signIn()).signIn);
    },
    /** The log after a cursor, as the page says it can be read. */
    async log(after = commitment.streamCursor) {
      const nodes = [];
      for (let more = true; more; ) {
        const { events } = await server.ask(Events, { topic: commitment.id, after });
        nodes.push(...events.nodes);
        ({ endCursor: after, hasNextPage: more } = events);
      }
      return nodes.map(told);
    },
  };
}

/** What must be equal in the log and in what a client got. */
const told = ({ __typename, id, cursor }) => ({ __typename, id, cursor });

/** Waits until somebody has got what the log ends with, then says that they got all of it, once and in order. */
async function gotAll(t, received, log, from = 0) {
  const logged = await log();
  while (received.at(-1)?.cursor !== logged.at(-1).cursor) await pause(10, undefined, { signal: t.signal });
  assert.deepEqual(received.slice(from).map(told), logged);
}

test('the page has an example for each client', () => {
  assert.deepEqual(clients, [
    'with-graphql-ws.js', 'with-apollo.js', 'with-urql.js', 'with-eventsource.js', 'with-websocket.js',
  ]);
});

describe('misses nothing and gets nothing twice:', { concurrency: 2 }, () => {
  const complaints = [];
  before(() => mock.method(console, 'error', (...what) => complaints.push(what)));
  after(() => {
    mock.restoreAll();
    assert.deepEqual(complaints, []);
  });

  for (const name of clients) {
    test(name, options, async (t) => {
      const { server, stops, line, address, commitment, write, rewrite, restore, log } = await scene(t);
      const example = examplesAt(t, address);
      const [{ follow }, { watchThread }] = [await example(name), await example('thread.js')];

      const received = [];
      const following = (id, after, show) => {
        const stop = follow(id, after, (event) => {
          received.push(event);
          show(event);
        });
        stops.push(stop);
        return stop;
      };
      let shown;
      await watchThread(commitment.reference, following, (comments) => (shown = comments));
      const all = () => gotAll(t, received, log);

      await write(2);
      await all();

      // Who comes later with an earlier cursor is not given less, although others in the same client are further.
      const late = [];
      stops.push(follow(commitment.id, commitment.streamCursor, (event) => late.push(event)));
      await gotAll(t, late, log);

      for (let times = 0; times < 2; times++) {
        const writing = write(4);
        await pause(20);
        line.cut();
        await writing;
        await all();
      }

      if (name !== 'with-eventsource.js') {
        line.silence();
        await write(2);
        await all();
      }

      const killed = write(4);
      await pause(20);
      await server.stop('SIGKILL');
      await pause(1000); // long enough to be refused
      await server.start();
      await killed;
      await all();

      const restarted = write(4);
      await pause(20);
      await server.stop('SIGTERM');
      await server.start();
      await restarted;
      await rewrite();
      await all();
      await gotAll(t, late, log);

      // The page that is built from the events is the one that the server shows.
      const { readPage } = await example('page.js');
      const texts = (comments) => new Map(comments.filter((comment) => comment?.body).map(({ id, body }) => [id, body]));
      const same = async () => {
        const page = await readPage(commitment.reference);
        assert.deepEqual(texts([...shown.values()]), texts(page.comments.nodes));
      };
      await same();

      // A history that did not happen: one Reset, and on from there.
      const before = received.length;
      const followed = stops.length;
      await restore();
      while (stops.length === followed) await pause(10, undefined, { signal: t.signal });
      assert.deepEqual(received.slice(before).map(({ __typename }) => __typename), ['Reset']);
      await write(2);
      await gotAll(t, received, log, before + 1);
      await same();
    });
  }
});

test('without the helper, graphql-ws is sent everything again', options, async (t) => {
  const { stops, line, address, commitment, write, log } = await scene(t);
  const { Watch } = await examplesAt(t, address)('page.js');
  const client = createClient({ url: `ws://${address}/graphql`, retryWait: () => pause(10), shouldRetry: () => true });
  stops.push(() => client.dispose());
  const received = [];
  client.subscribe({ query: Watch, variables: { commitment: commitment.id, after: commitment.streamCursor } }, {
    next: ({ data }) => received.push(told(data.commitmentEvents)),
    error: (reason) => t.diagnostic(String(reason)),
    complete() {},
  });
  const until = async (count) => {
    while (received.length < count) await pause(10, undefined, { signal: t.signal });
  };
  await write(2);
  await until(2);
  line.cut();
  await until(4);
  assert.deepEqual(received, [...(await log()), ...(await log())]);
});

test('with its defaults, graphql-ws gives up when it is refused', options, async (t) => {
  const { server, stops, address, commitment } = await scene(t);
  const { Watch } = await examplesAt(t, address)('page.js');
  let connected;
  const client = createClient({ url: `ws://${address}/graphql`, retryWait: () => pause(10), on: { connected: () => connected?.() } });
  stops.push(() => client.dispose());
  const given = new Promise((error) => {
    client.subscribe({ query: Watch, variables: { commitment: commitment.id } }, { next() {}, error, complete: error });
  });
  await new Promise((done) => (connected = done));
  await server.stop('SIGKILL');
  assert.equal((await given).code, undefined); // an error, not a close
});

for (const { name, changes } of [
  { name: 'with-apollo.js', changes: [['context: { queryDeduplication: false },', '']] },
  { name: 'with-urql.js', changes: [['key: ++key', '']] },
]) {
  test(`who comes later to ${name} would miss something without its special line`, options, async (t) => {
    const { stops, address, commitment, write, log } = await scene(t);
    const { follow } = await examplesAt(t, address, changes)(name);
    const [first, late] = [[], []];
    stops.push(follow(commitment.id, commitment.streamCursor, (event) => first.push(event)));
    await write(2);
    await gotAll(t, first, log);
    stops.push(follow(commitment.id, commitment.streamCursor, (event) => late.push(event)));
    await write(2);
    await gotAll(t, first, log);
    await pause(100); // what could still come has come
    assert.ok(late.length < first.length, `${late.length} of ${first.length}`);
  });
}

for (const name of clients.filter((name) => name !== 'with-eventsource.js')) {
  test(`${name} goes on behind an event that could not be told`, { timeout: patience }, async (t) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => GRAPHQL_TRANSPORT_WS_PROTOCOL });
    let stop = () => {};
    t.after(() => {
      stop();
      server.clients.forEach((client) => client.terminate());
      server.close();
    });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (message) => {
        const { type, id } = JSON.parse(message);
        const next = (payload) => socket.send(JSON.stringify({ id, type: 'next', payload }));
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (type !== 'subscribe') return;
        next({ errors: [{ message: 'Something went wrong on our side.' }], data: null, extensions: { cursor: 'a' } });
        next({ data: { commitmentEvents: { __typename: 'CommentPosted', id: 'b', cursor: 'b' } }, extensions: { cursor: 'b' } });
      });
    });
    const logged = mock.method(console, 'error', () => {});
    t.after(() => logged.mock.restore());
    const { follow } = await examplesAt(t, `127.0.0.1:${server.address().port}`)(name);
    const { id } = await new Promise((show) => (stop = follow('commitment_x', 'start', show)));
    assert.equal(id, 'b');
    assert.equal(logged.mock.callCount(), 1);
  });
}

describe('codes', () => {
  const codes = table('When it ends').map(([code, , back]) => ({ code: Number(code), back: back.startsWith('yes') }));

  test('those of the server are in the table', () => {
    const source = readFileSync(new URL('../../server/close_codes.go', import.meta.url), 'utf8');
    const ours = [...source.matchAll(/^\tclose\w+ += (4\d{3})$/gm)].map(([, code]) => Number(code));
    assert.ok(ours.length > 5);
    assert.deepEqual(codes.map(({ code }) => code).filter((code) => code >= 4000), ours.toSorted());
  });

  for (const { code, back } of codes) {
    test(`after ${code} graphql-ws comes back: ${back}`, { timeout: patience }, async (t) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => GRAPHQL_TRANSPORT_WS_PROTOCOL });
      t.after(() => {
        server.clients.forEach((client) => client.terminate());
        server.close();
      });
      await once(server, 'listening');
      let times = 0;
      server.on('connection', (socket) => {
        times++;
        socket.on('message', (message) => {
          if (JSON.parse(message).type === 'connection_init') socket.send('{"type":"connection_ack"}');
          else if (times > 1) socket.send(`{"type":"complete","id":"${JSON.parse(message).id}"}`);
          else if (code === 1006) socket.terminate();
          else socket.close(code);
        });
      });
      const address = `ws://127.0.0.1:${server.address().port}`;
      const client = createClient({ url: address, webSocketImpl: WebSocket, retryWait: () => pause(10) });
      t.after(() => client.dispose());
      const reason = await new Promise((error) => {
        client.subscribe({ query: 'subscription { a }' }, { next() {}, error, complete: error });
      });
      assert.equal(reason?.code, back ? undefined : code);
      assert.equal(times, back ? 2 : 1);
    });
  }

  test('the plain WebSocket stays away after those after which graphql-ws does', () => {
    const source = readFileSync(new URL('../../docs/live.md', import.meta.url), 'utf8');
    const fatal = JSON.parse(/const fatal = (\[.*?\])/.exec(source)[1]);
    assert.deepEqual(fatal, codes.filter(({ code, back }) => !back || code === 4403).map(({ code }) => code));
  });
});
