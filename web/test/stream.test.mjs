// Server-sent events with real clients: graphql-sse in both of its modes, and EventSource in a browser. Connections are cut.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-sse';
import { launch, withoutBrowser } from './browser.mjs';
import { commenter, examplesHere, patience, talkAbout, url, withoutServer } from './server.mjs';
import { wire } from './wire.mjs';

talkAbout(2);
const options = { skip: withoutServer, timeout: patience };
const inBrowser = { skip: withoutServer || withoutBrowser, timeout: patience };

let browser;
before(async () => {
  if (!inBrowser.skip) browser = await launch();
});
after(() => browser?.close());

/** A graphql-sse client that comes back at once. */
function clientTo(t, address, settings) {
  const client = createClient({ url: `${address}/graphql/stream`, retry: () => pause(10), ...settings });
  t.after(() => client.dispose());
  return client;
}

/** All results of an operation that completes by itself. */
async function all(client, operation) {
  const results = [];
  for await (const result of client.iterate(operation)) results.push(result);
  return results;
}

/** Posts comments, and waits until what `read` answers tells of them, in order and each once. */
async function pen(t, read) {
  const post = await commenter();
  const posted = [];
  return {
    post: async (...texts) => {
      for (const text of texts) posted.push((await post(text)).id);
    },
    arrived: async () => {
      for (;;) {
        const events = await read();
        const told = events.map(({ comment }) => comment?.id).filter((id) => posted.includes(id));
        if (told.length >= posted.length) {
          assert.deepEqual(told, posted);
          const cursors = events.map(({ cursor }) => cursor);
          assert.equal(new Set(cursors).size, cursors.length, 'no event comes twice');
          return;
        }
        await pause(10, undefined, { signal: t.signal });
      }
    },
  };
}

for (const singleConnection of [false, true]) {
  const mode = singleConnection ? 'in a single connection' : 'in distinct connections';

  test(`graphql-sse asks, changes and completes ${mode}`, options, async (t) => {
    const client = clientTo(t, url, { singleConnection });
    const { Process, SignIn } = await examplesHere();
    const [read] = await all(client, Process);
    assert.ok(read.data.process.title);
    assert.equal((await all(client, Process)).length, 1);
    const [{ data }] = await all(client, SignIn);
    const mine = clientTo(t, url, { singleConnection, headers: { authorization: `Bearer ${data.signIn.token}` } });
    assert.ok((await all(mine, { query: '{ viewer { user { name } } }' }))[0].data.viewer.user.name);
  });

  test(`graphql-sse is told of what cannot be watched ${mode}`, options, async (t) => {
    const client = clientTo(t, url, { singleConnection });
    const query = 'subscription { commitmentEvents(commitment: "commitment_none") { cursor } }';
    const results = await all(client, { query });
    assert.deepEqual(results.map(({ errors }) => errors[0].extensions.code), ['NOT_FOUND']);
  });

  test(`graphql-sse misses nothing when it is cut ${mode}`, options, async (t) => {
    const line = await wire(t);
    const { Watch } = await examplesHere();
    const events = [];
    const client = clientTo(t, line.url, {
      singleConnection,
      // The client itself does not send where it was: in distinct mode a header can say so, otherwise the variable.
      headers: () => ({ ...(!singleConnection && events.length && { 'Last-Event-ID': events.at(-1).cursor }) }),
    });
    const variables = { ...Watch.variables };
    let reason;
    client.subscribe({ ...Watch, variables }, {
      next({ data, extensions }) {
        assert.equal(extensions.cursor, data.commitmentEvents.cursor);
        events.push(data.commitmentEvents);
        if (singleConnection) variables.after = extensions.cursor;
      },
      error: (error) => (reason = error),
      complete: () => t.diagnostic('complete'),
    });
    const { post, arrived } = await pen(t, () => {
      assert.equal(reason, undefined);
      return events;
    });
    await post('before');
    await arrived();
    line.cut();
    await post('meanwhile', 'meanwhile too');
    await arrived();
    await post('after');
    await arrived();
    line.cut();
    line.cut();
    await post('once more');
    await arrived();
  });
}

test('graphql-sse gets what is no operation as a result, in distinct connections', options, async (t) => {
  const [{ errors, data }] = await all(clientTo(t, url), { query: '{ zib }' });
  assert.deepEqual([errors[0].extensions.code, data], ['GRAPHQL_VALIDATION_FAILED', undefined]);
});

test('graphql-sse has several operations in a single connection and ends one', options, async (t) => {
  const line = await wire(t);
  const { Watch } = await examplesHere();
  const client = clientTo(t, line.url, { singleConnection: true });
  const [one, two] = [client.iterate(Watch), client.iterate(Watch)];
  const post = await commenter();
  const tells = async (events, { id }) => {
    for await (const { data } of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
      if (data.commitmentEvents.comment?.id === id) return;
    }
  };
  const first = await post('for two');
  await Promise.all([tells(one, first), tells(two, first)]);
  assert.equal(line.heads.filter((head) => head.startsWith('GET')).length, 1, 'one stream');
  await one.return();
  await tells(two, await post('for one'));
});

/** Asks by EventSource in a page, through a wire. `told` answers with what came so far. */
async function eventSource(t, { query, variables = {} }) {
  const line = await wire(t);
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(line.url);
  await page.evaluate((address) => {
    globalThis.told = [];
    const source = new EventSource(address);
    for (const type of ['open', 'next', 'complete']) {
      source.addEventListener(type, ({ data, lastEventId }) => {
        globalThis.told.push({ type, data: data && JSON.parse(data), lastEventId });
        if (type === 'complete') source.close();
      });
    }
  }, `/graphql/stream?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`);
  const told = async (type) => (await page.evaluate(() => globalThis.told)).filter((event) => event.type === type);
  const until = async (type, count) => {
    while ((await told(type)).length < count) await pause(10, undefined, { signal: t.signal });
  };
  /** Where the client said it was, each time it came. */
  const places = () => line.heads.filter((head) => head.startsWith('GET /graphql/stream')).map((head) => /^last-event-id: (.*)\r$/im.exec(head)?.[1]);
  /** Waits until the server has said where the client stands. A page is not told of an id that comes alone. */
  const placed = async () => {
    while (!/^id: .*\n\n/m.test(line.answers.join(''))) await pause(10, undefined, { signal: t.signal });
  };
  return { cut: line.cut, hangUp: line.hangUp, placed, places, told, until };
}

test('EventSource comes back with Last-Event-ID and misses nothing', inBrowser, async (t) => {
  const { Watch } = await examplesHere();
  const { cut, places, told, until } = await eventSource(t, Watch);
  const { post, arrived } = await pen(t, async () => (await told('next')).map(({ data }) => data.data.commitmentEvents));
  await until('open', 1);
  await post('before');
  await arrived();
  const [{ lastEventId }] = (await told('next')).slice(-1);
  cut();
  await post('meanwhile', 'meanwhile too');
  await arrived();
  assert.deepEqual(places(), [undefined, lastEventId]);
  for (const { data, lastEventId } of await told('next')) assert.equal(lastEventId, data.extensions.cursor);
  cut();
  await until('open', 3);
  await post('after');
  await arrived();
});

test('EventSource knows where it was before anything has happened', inBrowser, async (t) => {
  const { Watch } = await examplesHere();
  const { after, ...now } = Watch.variables;
  const { hangUp, placed, places, told, until } = await eventSource(t, { ...Watch, variables: now });
  const { post, arrived } = await pen(t, async () => (await told('next')).map(({ data }) => data.data.commitmentEvents));
  await until('open', 1);
  await placed();
  hangUp();
  await post('meanwhile');
  await arrived();
  assert.equal(places().length, 2);
  assert.ok(places()[1]);
});

test('EventSource asks a query and is told that it is complete', inBrowser, async (t) => {
  const { told, until } = await eventSource(t, { query: '{ __typename }' });
  await until('complete', 1);
  assert.deepEqual((await told('next')).map(({ data }) => data.data), [{ __typename: 'Query' }]);
});
