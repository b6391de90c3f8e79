// The pages that mails lead to, in a real browser: they work, they are accessible, they talk to nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkTo, looksRight, open, options, signUp } from './pages.mjs';
import { send } from './server.mjs';

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
  await page.getByLabel('Retirer aussi les autres façons de se connecter à mon compte').check();
  await page.getByLabel('Nouveau mot de passe').fill('another horse battery');
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Votre mot de passe est enregistré' }).waitFor();
  const signIn = (password) => send({
    query: 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { isConfirmed } } }', variables: { input: { email, password } },
  });
  assert.equal((await signIn('correct horse battery')).errors[0].extensions.code, 'WRONG_CREDENTIALS');
  assert.equal((await signIn('another horse battery')).data.signIn.viewer.isConfirmed, true);
});

test('a link keeps its token in the other language', options, async (t) => {
  const page = await open(t, `/account/confirm#enm_${'A'.repeat(43)}`);
  await page.getByRole('link', { name: 'Français' }).click();
  await page.getByRole('button', { name: 'Confirmer l’adresse' }).click();
  await page.getByRole('status').filter({ hasText: 'Ce lien a déjà servi' }).waitFor();
});

for (const path of ['/account/confirm', '/account/reset', '/fr/account/confirm', '/fr/account/reset']) {
  test(`${path} is accessible and fits a narrow screen`, options, async (t) => {
    const page = await open(t, `${path}#enm_x`);
    assert.equal(await page.locator('html').getAttribute('lang'), path.startsWith('/fr') ? 'fr' : 'en');
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    await looksRight(page, path);
  });
}
