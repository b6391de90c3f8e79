// The pages that mails lead to, in a real browser: they work, they are accessible, they talk to nobody else. Mails are read
// from the log of the demo, whose file is in ENSEMBLE_LOG.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { launch, withoutBrowser } from './browser.mjs';
import { send, skipWithout, url, withoutServer } from './server.mjs';

const log = process.env.ENSEMBLE_LOG;
const withoutLog = skipWithout(log, 'no log of the server: set ENSEMBLE_LOG to the file that `go run . demo` writes on standard error');
const options = { skip: withoutServer || withoutBrowser || withoutLog, timeout: 60_000 };

let browser;
before(async () => {
  if (!options.skip) browser = await launch();
});
after(() => browser?.close());

/** Opens a page as a new visitor. When the test ends, it must have stayed on its server, and told nobody the token. */
async function open(t, path, settings = {}) {
  const context = await browser.newContext({ baseURL: url, ...settings });
  const page = await context.newPage();
  const complaints = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(request.url());
    if (JSON.stringify([request.url(), request.headers()]).includes('enm_')) complaints.push('the token is in an address or a header');
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
async function signUp(language) {
  const nickname = `p${crypto.randomUUID().slice(0, 12)}`;
  const input = { email: `${nickname}@example.org`, name: 'Jeanne', nickname, password: 'correct horse battery', language };
  const { data } = await send({
    query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { token viewer { isConfirmed } } }', variables: { input },
  });
  assert.equal(data.signUp.viewer.isConfirmed, false);
  return { ...input, token: data.signUp.token };
}

/** Waits for a mail to an address whose link leads to a page, and answers with the link's path. */
async function linkTo(email, path) {
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
  return mails.flatMap(({ body }) => body.match(/^https?:\/\/[^/]+(\/\S*#enm_\S+)$/m)?.[1] ?? []);
}

async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
}

test('a link confirms an address, once and only at a click', options, async (t) => {
  const { email, token } = await signUp('en');
  const link = await linkTo(email, '/account/confirm');
  const page = await open(t, link);
  const confirmed = async () => (await send({ query: '{ viewer { isConfirmed } }' }, token)).data.viewer.isConfirmed;
  assert.equal(await confirmed(), false);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByRole('status').filter({ hasText: 'Your address is confirmed' }).waitFor();
  assert.equal(await confirmed(), true);
  assert.equal(new URL(page.url()).hash, '');

  const again = await open(t, link);
  await again.getByRole('button', { name: 'Confirm the address' }).click();
  await again.getByRole('status').filter({ hasText: 'used already' }).waitFor();
});

test('a forgotten password is replaced, in French and by keyboard', options, async (t) => {
  const { email } = await signUp('fr');
  await linkTo(email, '/fr/account/confirm');
  const page = await open(t, '/fr/account/reset');
  assert.equal(await page.getByRole('button', { name: 'Enregistrer le mot de passe' }).isVisible(), false);
  await page.getByLabel('Adresse électronique').fill(email);
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'un courriel est en route' }).waitFor();

  await page.goto(await linkTo(email, '/fr/account/reset'));
  await page.getByLabel('Nouveau mot de passe').fill('another horse battery');
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Votre mot de passe est enregistré' }).waitFor();
  const signIn = (password) => send({
    query: 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { isConfirmed } } }', variables: { input: { email, password } },
  });
  assert.equal((await signIn('correct horse battery')).errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await signIn('another horse battery')).data.signIn.viewer.isConfirmed, true);
});

test('a link keeps its token in the other language', options, async (t) => {
  const page = await open(t, `/account/confirm#enm_${'A'.repeat(43)}`);
  await page.getByRole('link', { name: 'Français' }).click();
  await page.getByRole('button', { name: 'Confirmer l’adresse' }).click();
  await page.getByRole('status').filter({ hasText: 'Ce lien a déjà servi' }).waitFor();
});

for (const path of ['/account/confirm', '/account/reset', '/fr/account/confirm', '/fr/account/reset']) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${path} is accessible (${colorScheme})`, options, async (t) => {
      const page = await open(t, `${path}#enm_x`, { colorScheme });
      assert.deepEqual(await violations(page), []);
      assert.equal(await page.locator('html').getAttribute('lang'), path.startsWith('/fr') ? 'fr' : 'en');
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    });
  }
  test(`${path} fits a narrow screen`, options, async (t) => {
    const page = await open(t, `${path}#enm_x`, { viewport: { width: 320, height: 640 } });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 320), true);
  });
}
