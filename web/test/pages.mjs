// What tests of pages share: a browser, how a page must look, people, and their mails, which are read from the log of the demo, whose file is in
// ENSEMBLE_LOG.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { after, before } from 'node:test';
import axe from 'axe-core';
import { launch, withoutBrowser } from './browser.mjs';
import { played } from './play.mjs';
import { patience, send, skipWithout, url, withoutServer } from './server.mjs';

const log = process.env.ENSEMBLE_LOG;
const withoutLog = skipWithout(log, 'no log of the server: set ENSEMBLE_LOG to the file that `go run . demo` writes on standard error');
export const withoutMails = { skip: withoutServer || withoutBrowser, timeout: patience };
export const options = { ...withoutMails, skip: withoutMails.skip || withoutLog };

let browser;
before(async () => {
  if (!withoutMails.skip) browser = await launch();
});
after(() => browser?.close());

/**
 * Opens a page as a new visitor. When the test ends, it must have stayed on its server, complained of nothing, and told nobody the token.
 * `first` is called with it before it goes anywhere.
 */
export async function open(t, path, settings = {}, first = () => {}) {
  const context = await browser.newContext({ baseURL: url, ...settings });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  const secret = path.split('#')[1] || 'enm_';
  const stay = (address) => /^(https?|wss?):/.test(address) && new URL(address).host !== new URL(url).host && complaints.push(address);
  page.on('websocket', (socket) => stay(socket.url()));
  page.on('request', (request) => {
    stay(request.url());
    if (JSON.stringify([request.url(), request.headers()]).includes(secret)) complaints.push('the token is in an address or a header');
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text())); // broken policies too
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  first(page);
  await page.goto(path);
  return page;
}

/** How a page can look. */
export const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'dark', width: 320 },
];

/** Asks that a page is accessible, in the looks that are played, and that it fits a narrow screen. */
export async function looksRight(page, name) {
  for (const { colorScheme, width } of played(name, looks)) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 640 });
    assert.deepEqual(await violations(page), [], `${colorScheme}, ${width} pixels wide`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 320), true, 'fits a narrow screen');
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

/** What axe finds on a page, but for some of its rules. */
export async function violations(page, ...except) {
  await page.evaluate(axe.source); // the debugger's way in: the policy of the page stays
  const rules = Object.fromEntries(except.map((rule) => [rule, { enabled: false }]));
  const found = await page.evaluate((rules) => globalThis.axe.run({ rules }), rules);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
}
