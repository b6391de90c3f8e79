// What tests of the pages that mails lead to share: a browser, people, and their mails, which are read from the log of the demo,
// whose file is in ENSEMBLE_LOG.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { after, before } from 'node:test';
import axe from 'axe-core';
import { launch, withoutBrowser } from './browser.mjs';
import { send, skipWithout, url, withoutServer } from './server.mjs';

const log = process.env.ENSEMBLE_LOG;
const withoutLog = skipWithout(log, 'no log of the server: set ENSEMBLE_LOG to the file that `go run . demo` writes on standard error');
export const options = { skip: withoutServer || withoutBrowser || withoutLog, timeout: 60_000 };

let browser;
before(async () => {
  if (!options.skip) browser = await launch();
});
after(() => browser?.close());

/** Opens a page as a new visitor. When the test ends, it must have stayed on its server, and told nobody the token. */
export async function open(t, path, settings = {}) {
  const context = await browser.newContext({ baseURL: url, ...settings });
  const page = await context.newPage();
  const complaints = [];
  const secret = path.split('#')[1] || 'enm_';
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(request.url());
    if (JSON.stringify([request.url(), request.headers()]).includes(secret)) complaints.push('the token is in an address or a header');
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(path);
  return page;
}

/** Signs somebody up and answers with the address and the account. */
export async function signUp(language) {
  const nickname = `p${crypto.randomUUID().slice(0, 12)}`;
  const input = { email: `${nickname}@example.org`, name: 'Jeanne', nickname, password: 'correct horse battery', language };
  const { data } = await send({
    query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { token viewer { isConfirmed } } }', variables: { input },
  });
  assert.equal(data.signUp.viewer.isConfirmed, false);
  return { ...input, token: data.signUp.token };
}

/** Waits for a mail to an address whose link leads to a page, and answers with the link's path. */
export async function linkTo(email, path) {
  const stop = new AbortController();
  const changes = watch(log, { signal: stop.signal });
  for (;;) {
    const change = changes.next(); // before reading: what is written meanwhile is seen
    change.catch(() => {}); // stopped
    const link = mailed(email).find((link) => link.includes(path));
    if (link) {
      stop.abort();
      return link;
    }
    await change;
  }
}

/** The links in the mails to an address, newest first. */
function mailed(email) {
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1).filter((line) => line.includes(email));
  const mails = lines.map((line) => JSON.parse(line)).filter(({ to }) => to === email).reverse();
  return mails.flatMap(({ body }) => body.match(/https?:\/\/[^/\s]+(\/\S*#en[ms]_\S+)/)?.[1] ?? []);
}

export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
}
