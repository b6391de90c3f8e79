// docs/browsers.md keeps its word: its example in a real browser, served from another origin than the API.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, withoutBrowser } from './browser.mjs';
import { Ensemble, prepare, withoutGo } from './live-server.mjs';
import { patience } from './server.mjs';

const options = { skip: withoutBrowser || withoutGo, timeout: patience };
const participant = { email: 'participant@example.org', password: 'ensemble-demo' };
let browser, site, app, other;

/** Serves the modules of docs/browsers.md, and an empty page that may load them. */
async function serveApp() {
  const doc = readFileSync(new URL('../../docs/browsers.md', import.meta.url), 'utf8');
  const modules = Object.fromEntries([...doc.matchAll(/```js\n\/\/ (\S+)\n([^]*?)```/g)].map(([, name, text]) => [`/${name}`, text]));
  const server = createServer((request, response) => {
    const module = modules[new URL(request.url, 'http://x').pathname];
    response.setHeader('content-type', module ? 'text/javascript' : 'text/html');
    response.end(module?.replaceAll('http://localhost:8080', site?.url) ?? '<!doctype html><title>App</title>');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

before(async () => {
  if (options.skip) return;
  [app, other] = await Promise.all([serveApp(), serveApp()]);
  process.env.ENSEMBLE_ORIGINS = app.origin;
  site = new Ensemble(await prepare());
  site.restore();
  await site.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.end();
  for (const { server } of [app, other].filter(Boolean)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Opens a page of an app, in a browser that reads English. */
async function open(t, { origin }) {
  const context = await browser.newContext({ locale: 'en-GB' });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(origin);
  return page;
}

const firstProcess = async () => (await site.ask('{ processes(first: 1) { nodes { slug } } }')).processes.nodes[0].slug;

test('the example works from another origin, live and at once', options, async (t) => {
  const page = await open(t, other);
  const slug = await firstProcess();
  const { id, title } = await page.evaluate(async (slug) => {
    globalThis.app = await import('/app.js');
    return (await globalThis.app.list(slug))[0];
  }, slug);
  const { node } = await site.ask('query ($id: ID!) { node(id: $id) { ... on Commitment { title(language: "fr") } } }', { id });
  assert.equal(title, node.title);

  // What is posted is shown before the answer; its event is not a second comment.
  await page.evaluate(async ({ id, participant }) => {
    globalThis.shown = [];
    await globalThis.app.signIn(participant);
    globalThis.thread = await globalThis.app.thread(id, (comments) => globalThis.shown.push([...comments.values()]));
    await globalThis.thread.post('Posté depuis une autre origine.');
  }, { id, participant });
  const ours = () => page.evaluate(() =>
    globalThis.shown.map((comments) => comments.filter(({ body }) => body.startsWith('Posté depuis'))).filter(({ length }) => length > 0));
  await page.waitForFunction(() => globalThis.shown.at(-1).some(({ body, author }) => body.startsWith('Posté depuis') && author));
  const states = await ours();
  assert.equal(states[0][0].isOnItsWay, true);
  assert.ok(states.every(({ length }) => length === 1));

  // What somebody else posts arrives; so does what happened while the server was away.
  const { signIn: { token } } = await site.ask('mutation ($input: SignInInput!) { signIn(input: $input) { token } }',
    { input: { ...participant, email: 'steering@example.org' } });
  const comment = (body) => site.ask('mutation ($input: PostCommentInput!) { postComment(input: $input) { comment { id } } }', { input: { subject: id, body } }, token);
  const shows = (body) => page.waitForFunction((body) => globalThis.shown.at(-1).some((comment) => comment.body === body), body);
  await comment('Vu aussitôt.');
  await shows('Vu aussitôt.');
  await site.stop('SIGKILL');
  await site.start();
  await comment('Après un redémarrage.');
  await shows('Après un redémarrage.');

  // An older database: the stream cannot be continued, and the page is read again.
  await site.stop('SIGKILL');
  site.restore();
  await site.start();
  await page.waitForFunction(() => !globalThis.shown.at(-1).some(({ body }) => body === 'Vu aussitôt.'));

  // The token was made after that copy: the page reads on as a visitor, and is refused what needs a person.
  const refused = await page.evaluate(() => globalThis.thread.post('Sans session.').then(() => 'posted', ({ cause }) => cause.code));
  assert.equal(refused, 'UNAUTHENTICATED');
});

test('tools may add headers of their own', options, async (t) => {
  const page = await open(t, other);
  const answers = await page.evaluate(async (url) => {
    const names = ['apollographql-client-name', 'traceparent', 'baggage', 'sentry-trace', 'x-requested-with', 'apollo-require-preflight'];
    return Promise.all(names.map(async (name) => {
      const headers = { 'content-type': 'application/json', [name]: 'x' };
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
      return (await response.json()).data.__typename;
    }));
  }, site.url);
  assert.deepEqual(answers, Array(6).fill('Query'));
});

test('a cookie counts on pages of a named origin, and others are told that theirs does not', options, async (t) => {
  for (const [from, nickname, code] of [[app, 'lucie-f', undefined], [other, undefined, 'COOKIE_IGNORED']]) {
    const page = await open(t, from);
    const who = await page.evaluate(async ({ url, participant, included }) => {
      const ask = async (query, variables) => {
        const init = { method: 'POST', credentials: included ? 'include' : 'omit', headers: { 'content-type': 'application/json' } };
        return (await fetch(`${url}/graphql`, { ...init, body: JSON.stringify({ query, variables }) })).json();
      };
      await ask('mutation ($input: SignInInput!) { signIn(input: $input) { viewer { isConfirmed } } }', { input: participant });
      const http = await ask('{ viewer { user { nickname } } }');
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.onopen = () => socket.send('{"type":"connection_init"}');
      const ack = await new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(JSON.parse(data))));
      socket.close();
      return { http, ack };
    }, { url: site.url, participant, included: from === app });
    assert.equal(who.http.data.viewer?.user.nickname, nickname);
    if (from === app) assert.equal(who.ack.payload, undefined);
    else {
      // Signed in on the site itself, in the same browser: the cookie comes with the handshake.
      await page.goto(`${site.url}/explorer`);
      await page.evaluate((participant) => fetch('/graphql', {
        method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'mutation ($input: SignInInput!) { signIn(input: $input) { token } }', variables: { input: participant } }),
      }), participant);
      await page.goto(from.origin);
      const ack = await page.evaluate((url) => new Promise((resolve) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        socket.onopen = () => socket.send('{"type":"connection_init"}');
        socket.onmessage = ({ data }) => resolve(JSON.parse(data));
      }), site.url);
      assert.equal(ack.payload.credentials.code, code);
    }
  }
});

test('a page says what it reads, also to an EventSource', options, async (t) => {
  const page = await open(t, other);
  const slug = await firstProcess();
  const titles = await page.evaluate(async ({ url, slug }) => {
    const query = `{ process(slug: "${slug}") { title } }`;
    const bySocket = (payload) => new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      const send = (message) => socket.send(JSON.stringify(message));
      socket.onopen = () => send({ type: 'connection_init', payload });
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query } });
        if (type === 'next') resolve(payload.data.process.title);
      };
    });
    const byEvents = (language) => new Promise((resolve) => {
      const source = new EventSource(`${url}/graphql/stream?${new URLSearchParams({ query, ...language })}`);
      source.addEventListener('next', ({ data }) => {
        source.close();
        resolve(JSON.parse(data).data.process.title);
      });
    });
    return Promise.all([bySocket(), bySocket({ language: 'fr' }), byEvents(), byEvents({ language: 'fr' })]);
  }, { url: site.url, slug });
  const { en, fr } = (await site.ask('query ($slug: String!) { process(slug: $slug) { en: title(language: "en") fr: title(language: "fr") } }', { slug })).process;
  assert.notEqual(en, fr);
  assert.deepEqual(titles, [en, fr, en, fr]);
});

test('what is stored about a person can be fetched with their token', options, async (t) => {
  const page = await open(t, other);
  const { signIn } = await site.ask('mutation ($input: SignInInput!) { signIn(input: $input) { token } }', { input: participant });
  const first = await page.evaluate(async ({ url, token }) => {
    const { exported } = await import('/export.js');
    const refused = await exported(url, 'nonsense').catch(({ message }) => message);
    return [await (await exported(url, token)).slice(0, 2).text(), refused];
  }, { url: site.url, token: signIn.token });
  assert.deepEqual(first, ['PK', 'The session has ended. Sign in again.']);
});
