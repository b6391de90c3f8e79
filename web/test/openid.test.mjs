// Signing in with real OpenID Connect providers, in a real browser: one is plain, one signs what it says of people, as
// FranceConnect and ProConnect do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { Provider } from 'oidc-provider';
import { launch, withoutBrowser } from './browser.mjs';
import { patience, skipWithout } from './server.mjs';

const program = process.env.ENSEMBLE_PROGRAM;
const withoutProgram = skipWithout(program, 'no program: run `make build` and set ENSEMBLE_PROGRAM=$PWD/ensemble');
const options = { skip: withoutProgram || withoutBrowser, timeout: patience };

/** What the providers know of people, by the name they sign in with. */
const people = {
  jeanne: { name: 'Jeanne Dupont', locale: 'fr', email: 'jeanne@example.org', email_verified: true },
  angela: { given_name: 'Angela Claire', usual_name: 'Dubois', email: 'angela@beta.gouv.fr', siret: '13002526500013' },
  lucie: { name: 'Somebody', email: 'participant@example.org', email_verified: false },
  nobody: {},
};

let browser, site, ensemble, folder;
const providers = []; // servers
before(async () => {
  if (options.skip) return;
  [browser, folder] = await Promise.all([launch(), mkdtemp(join(tmpdir(), 'openid-'))]);
  site = `http://127.0.0.1:${await freePort()}`;
  const issuers = [];
  for (const make of [plain, signing]) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    providers.push(server);
    issuers.push(`http://127.0.0.1:${server.address().port}`);
    server.on('request', make(issuers.at(-1)).callback());
  }
  ensemble = await run(...issuers);
});
after(async () => {
  if (ensemble) {
    ensemble.kill();
    await once(ensemble, 'exit');
  }
  await browser?.close();
  for (const server of providers) {
    server.closeAllConnections();
    server.close();
  }
  if (folder) await rm(folder, { recursive: true });
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const client = (name, more) => ({
  client_id: name,
  client_secret: `the secret of ${name}`,
  redirect_uris: [`${site}/auth/oidc/${name}/callback`],
  post_logout_redirect_uris: [`${site}/auth/oidc/${name}/signed-out`],
  ...more,
});

const findAccount = (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...people[accountId] }) });

const plain = (issuer) =>
  new Provider(issuer, {
    clients: [client('plain')],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'locale'] },
    pkce: { required: () => true },
    findAccount,
  });

const signing = (issuer) =>
  new Provider(issuer, {
    clients: [client('signing', { userinfo_signed_response_alg: 'RS256', token_endpoint_auth_method: 'client_secret_post' })],
    acrValues: ['eidas1'],
    claims: { openid: ['sub'], email: ['email'], given_name: ['given_name'], usual_name: ['usual_name'], siret: ['siret'] },
    features: { jwtUserinfo: { enabled: true } },
    findAccount,
  });

/** Runs the program until it listens and knows its providers. */
async function run(plainIssuer, signingIssuer) {
  const settings = (name, more) =>
    Object.fromEntries(
      Object.entries({ CLIENT_ID: name, CLIENT_SECRET: `the secret of ${name}`, ...more }).map(([key, value]) => [
        `ENSEMBLE_OIDC_${name.toUpperCase()}_${key}`,
        value,
      ]),
    );
  const child = spawn(program, ['demo'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ENSEMBLE_ADDR: new URL(site).host,
      ENSEMBLE_ADMIN_ADDR: '',
      ENSEMBLE_BASE_URL: site,
      ENSEMBLE_DATABASE_URL: `sqlite:${join(folder, 'test.db')}`,
      ...settings('plain', { ISSUER: plainIssuer, LABEL: 'Plain', TRUST_EMAIL: 'on' }),
      ...settings('signing', {
        ISSUER: signingIssuer,
        SCOPES: 'openid given_name usual_name email siret',
        ACR_VALUES: 'eidas1',
        PKCE: 'off',
        KEEP_ID_TOKEN: 'on',
      }),
    },
  });
  await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the program ended')));
    createInterface(child.stderr).on('line', (line) => line.includes('"listening"') && resolve());
  });
  for (const name of ['plain', 'signing'])
    while ((await fetch(`${site}/auth/oidc/${name}/start`, { redirect: 'manual' })).status === 503) await new Promise(setImmediate);
  return child;
}

/** A new visitor, on the home page. */
async function visitor(t, settings) {
  const context = await browser.newContext({ baseURL: site, ...settings });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto('/');
  return page;
}

/** Follows a link of the page to an address, as a button would. */
const follow = (page, address) =>
  Promise.all([
    page.waitForEvent('framenavigated'),
    page.evaluate((address) => {
      const link = document.body.appendChild(document.createElement('a'));
      link.href = address;
      link.click();
    }, address),
  ]);

/** Signs in at the provider and agrees to what it asks. */
async function agree(page, name) {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

const ask = (page, query, variables) =>
  page.evaluate(
    async ({ query, variables }) => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return response.json();
    },
    { query, variables },
  );
const viewer = async (page) =>
  (await ask(page, '{ viewer { email language user { name nickname } identities { id provider { label } } } }')).data.viewer;

test('somebody new signs in with a provider', options, async (t) => {
  const page = await visitor(t);
  const { data } = await ask(page, '{ signInProviders { name label startUrl } }');
  assert.deepEqual(data.signInProviders.map(({ name }) => name), ['plain', 'signing']);
  await follow(page, `${data.signInProviders[0].startUrl}?return=/fr%23live`);
  await agree(page, 'jeanne');
  await page.waitForURL(`${site}/fr#live`);
  const { identities, ...jeanne } = await viewer(page);
  assert.deepEqual(jeanne, { email: 'jeanne@example.org', language: 'fr', user: { name: 'Jeanne Dupont', nickname: 'jeanne-dupont' } });
  assert.deepEqual(identities.map(({ provider }) => provider.label), ['Plain']);
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts see no cookie');
});

test('a provider may sign what it says, and want its token back', options, async (t) => {
  const page = await visitor(t);
  await follow(page, '/auth/oidc/signing/start');
  await agree(page, 'angela');
  await page.waitForURL(`${site}/`);
  assert.equal((await viewer(page)).user.name, 'Angela Claire Dubois');

  const left = page.waitForRequest((request) => request.url().includes('/session/end?'));
  await follow(page, '/auth/oidc/signing/logout?return=/fr');
  const asked = new URL((await left).url()).searchParams;
  assert.equal(asked.get('id_token_hint').split('.').length, 3);
  await page.getByRole('button', { name: /yes/i }).click();
  await page.waitForURL(`${site}/fr`);
  assert.equal(await viewer(page), null);
});

test('somebody without an address signs in', options, async (t) => {
  const page = await visitor(t, { locale: 'en' });
  await follow(page, '/auth/oidc/plain/start');
  await agree(page, 'nobody');
  await page.waitForURL(`${site}/`);
  const { email, user } = await viewer(page);
  assert.deepEqual({ email, user }, { email: null, user: { name: 'participant', nickname: 'participant' } });
});

test('an account is linked by hand, and unlinked', options, async (t) => {
  const page = await visitor(t);
  await follow(page, '/auth/oidc/plain/start');
  await agree(page, 'lucie');
  await page.getByText('address_taken').waitFor();

  await page.goto('/');
  await ask(page, 'mutation { signIn(input: {email: "participant@example.org", password: "ensemble-demo"}) { expiresAt } }');
  await follow(page, '/auth/oidc/plain/start?link=1&return=/fr'); // the provider remembers who that is, and what they agreed to
  await page.waitForURL(`${site}/fr`);
  const { user, identities } = await viewer(page);
  assert.equal(user.name, 'Lucie Ferrand');
  assert.equal(identities.length, 1);

  const unlink = 'mutation($identity: ID!) { unlinkIdentity(input: {identity: $identity}) { viewer { identities { id } } } }';
  const { data } = await ask(page, unlink, { identity: identities[0].id });
  assert.deepEqual(data.unlinkIdentity.viewer.identities, []);
});

test('a page of another site can begin nothing', options, async (t) => {
  const page = await visitor(t);
  await ask(page, 'mutation { signIn(input: {email: "participant@example.org", password: "ensemble-demo"}) { expiresAt } }');
  for (const path of ['start', 'start?link=1', 'logout']) {
    await page.goto(`http://localhost:${providers[0].address().port}/.well-known/openid-configuration`);
    await follow(page, `${site}/auth/oidc/plain/${path}`);
    await page.getByText('cross_site').waitFor();
  }
  await page.goto('/');
  assert.equal((await viewer(page)).user.name, 'Lucie Ferrand');
});

for (const [locale, heading, colorScheme] of [
  ['en', 'This did not work', 'light'],
  ['fr', 'Cela n’a pas fonctionné', 'dark'],
]) {
  test(`who does not agree is told so, accessibly (${locale}, ${colorScheme})`, options, async (t) => {
    const page = await visitor(t, { locale, colorScheme });
    const complaints = [];
    page.on('console', (message) => message.text().includes('Content Security') && complaints.push(message.text()));
    await follow(page, '/auth/oidc/plain/start');
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    assert.match(await page.locator('code').innerText(), /^denied /);
    assert.equal(await page.locator('html').getAttribute('lang'), locale);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id }) => id), []);
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).maxWidth), 'none', 'its style is applied');
    assert.deepEqual(complaints.filter((text) => text.includes(site)), []);
    await page.getByRole('link', { name: /Plain/ }).click();
    await agree(page, 'jeanne');
    await page.waitForURL(`${site}/`);
  });
}
