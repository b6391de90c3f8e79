// The pages in a real browser: they work, they are accessible, and they talk to nobody but their own server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { launch, withoutBrowser } from './browser.mjs';
import { commenter, url, withoutServer } from './server.mjs';

const options = { skip: withoutServer || withoutBrowser, timeout: 60_000 };

let browser;
before(async () => {
  if (!options.skip) browser = await launch();
});
after(() => browser?.close());

/** Opens a page as a new visitor. When the test ends, it must have stayed on its server and complained of nothing. */
async function open(t, path, settings = {}) {
  const context = await browser.newContext({ baseURL: url, ...settings });
  const page = await context.newPage();
  const complaints = [];
  const stay = (address) => /^(https?|wss?):/.test(address) && new URL(address).host !== new URL(url).host && complaints.push(address);
  page.on('request', (request) => stay(request.url()));
  page.on('websocket', (socket) => stay(socket.url()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text())); // broken policies too
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(path);
  return page;
}

/** Opens the explorer and waits for its editor: GraphiQL mixes up its tabs when one is chosen before. */
async function openExplorer(t, settings) {
  const page = await open(t, '/explorer', settings);
  await page.getByRole('region', { name: 'Operation Editor' }).getByText('streamCursor').waitFor();
  return page;
}

const answer = (page) => page.getByRole('region', { name: 'Result Window' });
const run = (page) => page.getByRole('button', { name: 'Execute query' }).click();

async function violations(page, ...except) {
  await page.evaluate(axe.source); // the debugger's way in: the policy of the page stays
  const rules = Object.fromEntries(except.map((rule) => [rule, { enabled: false }]));
  const found = await page.evaluate((rules) => globalThis.axe.run({ rules }), rules);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
}

test('the explorer runs its first example', options, async (t) => {
  const page = await openExplorer(t);
  await run(page);
  await answer(page).getByText('"streamCursor"').waitFor();
});

test('the explorer shows a comment as it is posted elsewhere', options, async (t) => {
  const page = await openExplorer(t);
  await page.getByRole('tab', { name: 'Watch' }).click();
  await run(page);

  const post = await commenter();
  const { body } = await post('from elsewhere');
  await answer(page).getByText(body).waitFor();
});

test('the explorer signs in by its cookie and comments', options, async (t) => {
  const page = await openExplorer(t);
  await page.getByRole('tab', { name: 'SignIn' }).click();
  await run(page);
  await answer(page).getByText('"token"').waitFor();
  await page.getByRole('tab', { name: 'PostComment' }).click();
  await run(page);
  await answer(page).getByText('"createdAt"').waitFor();
});

test('the explorer sends the token of its headers editor over the socket', options, async (t) => {
  const page = await openExplorer(t);
  const init = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framesent'));
  await page.getByRole('tab', { name: 'Watch' }).click();
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.getByRole('region', { name: 'Headers' }).getByRole('textbox').fill('{"Authorization": "Bearer wrong"}');
  await run(page);
  assert.deepEqual(JSON.parse((await init).payload), { type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
  await answer(page).getByText('The server closed the connection: 4403').waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  test(`the explorer is accessible, but for its tabs (${colorScheme})`, options, async (t) => {
    const page = await openExplorer(t, { colorScheme });
    // GraphiQL 5.4 puts a close button inside each tab.
    assert.deepEqual(await violations(page, 'nested-interactive'), []);
  });

  for (const path of ['/', '/fr']) {
    test(`${path} is accessible (${colorScheme})`, options, async (t) => {
      const page = await open(t, path, { colorScheme });
      assert.deepEqual(await violations(page), []);
    });
  }
}

test('the home page has one heading and its landmarks, in the language it says', options, async (t) => {
  const page = await open(t, '/');
  assert.match(await page.title(), /Ensemble/);
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  for (const landmark of ['banner', 'navigation', 'main', 'contentinfo']) {
    assert.equal(await page.getByRole(landmark).count(), 1, landmark);
  }
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByRole('link', { name: 'Français' }).click();
  await page.waitForURL('**/fr');
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
});

test('the home page is walked through by keyboard', options, async (t) => {
  const page = await open(t, '/');
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  const stops = [];
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    stops.push(await focused());
  }
  assert.deepEqual(stops, ['Skip to content', 'Ensemble', 'Start', 'Subscribe', 'Explorer', 'Français']);

  await page.goto('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Open the explorer');
});

test('an example is copied and the copying is announced', options, async (t) => {
  const page = await open(t, '/', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'Copy A consultation and its commitments' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^query Process \{/);
});

test('the home page fits a narrow screen', options, async (t) => {
  const page = await open(t, '/fr', { viewport: { width: 320, height: 640 } });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});
