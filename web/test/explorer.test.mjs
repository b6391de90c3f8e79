// The pages in a real browser: they work, they are accessible, and they talk to nobody but their own server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examples, sampleFrom } from '../src/examples.js';
import { looks, looksRight, open, violations, withoutMails as options } from './pages.mjs';
import { played } from './play.mjs';
import { commenter, participant } from './server.mjs';

/** Opens the explorer and waits for its editor: GraphiQL mixes up its tabs when one is chosen before. */
async function openExplorer(t, settings, first) {
  const page = await open(t, '/explorer', settings, first);
  await page.getByRole('region', { name: 'Operation Editor' }).getByText('streamCursor').waitFor();
  return page;
}

const answer = (page) => page.getByRole('region', { name: 'Result Window' });
const run = (page) => page.getByRole('button', { name: 'Execute query' }).click();

test('the explorer runs its first example', options, async (t) => {
  const page = await openExplorer(t);
  await run(page);
  await answer(page).getByText('"streamCursor"').waitFor();
});

test('the explorer shows a comment as it is posted elsewhere', options, async (t) => {
  let sampled;
  const page = await openExplorer(t, {}, (page) => {
    sampled = page.waitForResponse((response) => response.request().postData()?.includes('query Sample'));
  });
  await page.getByRole('tab', { name: 'Watch' }).click();
  await run(page);

  const { data } = await (await sampled).json(); // other tests may have made another commitment the most discussed one
  const post = await commenter(examples(sampleFrom(data, participant)));
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

for (const { colorScheme } of played('/explorer', looks.filter(({ width }) => width > 320))) {
  test(`the explorer is accessible, but for its tabs (${colorScheme})`, options, async (t) => {
    const page = await openExplorer(t, { colorScheme });
    // GraphiQL 5.4 puts a close button inside each tab.
    assert.deepEqual(await violations(page, 'nested-interactive'), []);
  });
}

for (const path of ['/', '/fr']) {
  test(`${path} is accessible and fits a narrow screen`, options, async (t) => looksRight(await open(t, path), path));
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
