// The page of an invitation, in a real browser: who is asked sees by whom and for what, signs in or opens an account, and answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkTo, looksRight, open, options, signUp, violations } from './pages.mjs';
import { send } from './server.mjs';

/** Confirms the address of somebody who has just signed up. */
async function confirm({ email }) {
  const token = (await linkTo(email, '/account/confirm')).split('#')[1];
  const { errors } = await send({ query: 'mutation ($t: String!) { confirmEmail(input: {token: $t}) { email } }', variables: { t: token } });
  assert.equal(errors, undefined);
}

/** Has somebody invite an address to an organization of theirs, and answers with the path in the mail. */
async function invite(email, language = 'en') {
  const owner = await signUp(language);
  await confirm(owner);
  const name = `Hub ${owner.nickname}`;
  const made = await send({
    query: 'mutation ($in: CreateOrganizationInput!) { createOrganization(input: $in) { organization { id } } }',
    variables: { in: { name, kind: 'HUB' } },
  }, owner.token);
  assert.equal(made.errors, undefined);
  const organization = made.data.createOrganization.organization.id;
  const { errors } = await send({
    query: 'mutation ($in: InviteMemberInput!) { inviteMember(input: $in) { invitation { id } } }',
    variables: { in: { organization, email, role: 'SIGNATORY' } },
  }, owner.token);
  assert.equal(errors, undefined);
  const members = async () => (await send({
    query: 'query ($id: ID!) { node(id: $id) { ... on Organization { viewerMembers { nodes { role user { nickname } } } } } }', variables: { id: organization },
  }, owner.token)).data.node.viewerMembers.nodes.map(({ role, user }) => `${user.nickname} ${role}`);
  return { owner, name, members, link: await linkTo(email, '/account/invitation') };
}

const signIn = async (page, { email, password }) => {
  await page.getByLabel('E-mail address').first().fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
};

test('somebody with an account signs in and accepts', options, async (t) => {
  const guest = await signUp('en');
  await confirm(guest);
  const { name, members, link } = await invite(guest.email);
  const page = await open(t, link);
  await page.getByText(`Jeanne invites you to join “${name}” as a signatory`).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Accept', exact: true }).isVisible(), false);
  assert.deepEqual(await violations(page), []);
  await signIn(page, guest);
  await page.getByText('You are signed in as Jeanne.').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'Welcome' }).waitFor();
  assert.ok((await members()).includes(`${guest.nickname} SIGNATORY`));
  assert.equal(new URL(page.url()).hash, '');
  assert.deepEqual(await violations(page), []);

  const again = await open(t, link);
  await again.getByText('There is no such invitation any more').waitFor();
});

test('somebody new opens an account, and comes back once their address is confirmed', options, async (t) => {
  const nickname = `n${crypto.randomUUID().slice(0, 12)}`;
  const email = `${nickname}@example.org`;
  const { members, link } = await invite(email);
  const page = await open(t, link);
  await page.getByLabel('E-mail address').nth(1).fill(email);
  await page.getByLabel('Name', { exact: true }).fill('Nouvelle');
  await page.getByLabel(/^Nickname/).fill(nickname);
  await page.getByLabel(/^Password, of/).fill('correct horse battery');
  await page.getByRole('button', { name: 'Open an account' }).click();
  await page.getByText('Confirm your e-mail address first').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Accept', exact: true }).isVisible(), false);
  assert.equal(new URL(page.url()).hash, `#${link.split('#')[1]}`);
  assert.deepEqual(await violations(page), []);
  await confirm({ email });
  await page.reload();
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'Welcome' }).waitFor();
  assert.ok((await members()).includes(`${nickname} SIGNATORY`));
});

test('whoever has the link may decline without an account, in French', options, async (t) => {
  const { name, members, link } = await invite(`d${crypto.randomUUID().slice(0, 12)}@example.org`, 'fr');
  assert.match(link, /^\/fr\/account\/invitation#ens_/);
  const page = await open(t, link);
  await page.getByText(`Jeanne vous invite à rejoindre « ${name} » comme signataire`).waitFor();
  await page.getByRole('button', { name: 'Décliner' }).click();
  await page.getByRole('status').filter({ hasText: 'Vous avez décliné' }).waitFor();
  assert.equal((await members()).length, 1);
});

test('an invitation keeps its token in the other language', options, async (t) => {
  const { name, link } = await invite(`l${crypto.randomUUID().slice(0, 12)}@example.org`);
  const page = await open(t, link);
  await page.getByText('Jeanne invites you').waitFor();
  await page.getByRole('link', { name: 'Français' }).click();
  await page.getByText(`à rejoindre « ${name} »`).waitFor();
});

// The demo has no terms of use: the page is told that the site has some, and asks the real server everything else.
test('where there are terms of use, they are accepted first', options, async (t) => {
  const guest = await signUp('en');
  await confirm(guest);
  const { members, link } = await invite(guest.email);
  const page = await open(t, link);
  let owes = true;
  await page.route('**/graphql', async (route) => {
    if (route.request().postData().includes('acceptTerms')) {
      assert.equal(route.request().postDataJSON().variables.input.version, '2026-03');
      owes = false;
      return route.fulfill({ json: { data: { acceptTerms: { viewer: { owesTerms: false } } } } });
    }
    const response = await route.fetch();
    const json = await response.json();
    if (json.data?.invitation) json.data.termsOfUse = { version: '2026-03', url: `${new URL(page.url()).origin}/` };
    if (json.data?.viewer) json.data.viewer.owesTerms = owes;
    return route.fulfill({ response, json });
  });
  await page.reload();
  await page.getByRole('checkbox', { name: 'I accept the terms of use' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await signIn(page, guest);
  await page.getByRole('button', { name: 'Accept the terms of use' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Accept', exact: true }).isVisible(), false);
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Accept the terms of use' }).click();
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'Welcome' }).waitFor();
  assert.ok((await members()).includes(`${guest.nickname} SIGNATORY`));
});

for (const path of ['/account/invitation', '/fr/account/invitation']) {
  test(`${path} is accessible and fits a narrow screen`, options, async (t) => {
    const { link } = await invite(`a${crypto.randomUUID().slice(0, 12)}@example.org`);
    for (const [name, hash] of Object.entries({ open: link.split('#')[1], unknown: `ens_${'A'.repeat(43)}`, none: '' })) {
      const page = await open(t, `${path}#${hash}`);
      await page.locator('main p:not([hidden])').first().waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), path.startsWith('/fr') ? 'fr' : 'en');
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      if (name === 'open') await page.getByRole('button').first().waitFor();
      await looksRight(page, `${path} ${name}`);
    }
  });
}
