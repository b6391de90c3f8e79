// A site that runs only documents it knows: the explorer says so, and Apollo Client's persisted queries work.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { launch, withoutBrowser } from './browser.mjs';
import { Ensemble, prepare, withoutGo } from './live-server.mjs';
import { patience } from './server.mjs';

const manifest = new URL('../../server/testdata/apollo_manifest.json', import.meta.url);

test('with a list of documents', { skip: withoutGo || withoutBrowser, timeout: patience }, async (t) => {
  const built = await prepare();
  const server = new Ensemble(built);
  t.after(async () => {
    await server.stop('SIGTERM');
    rmSync(built.folder, { recursive: true });
  });
  process.env.ENSEMBLE_DOCUMENTS = manifest.pathname;
  server.restore();
  await server.start();
  const browser = await launch();
  t.after(() => browser.close());

  await t.test('the explorer says that there is nothing to explore', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${server.url}/explorer`);
    await page.getByRole('status').getByText('runs only documents that it knows').waitFor();
  });

  await t.test('a document is asked for by its id', async () => {
    const { ApolloClient, HttpLink, InMemoryCache, gql } = await import('@apollo/client');
    const { PersistedQueryLink } = await import('@apollo/client/link/persisted-queries');
    const { operations } = JSON.parse(readFileSync(manifest, 'utf8'));
    const { id, body } = operations.find(({ name }) => name === 'PageQuery');
    const link = new PersistedQueryLink({ generateHash: () => id }).concat(new HttpLink({ uri: `${server.url}/graphql` }));
    const client = new ApolloClient({ cache: new InMemoryCache(), link });
    const { data } = await client.query({ query: gql(body), variables: { slug: 'engagements-2023-2027' } });
    assert.match(data.process.title, /France Numérique Ensemble/);
    await assert.rejects(
      new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: `${server.url}/graphql` }) }).query({ query: gql`{ viewer { email } }` }),
      /Only documents that this site knows run here/,
    );
  });
});
