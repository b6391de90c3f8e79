// The page /explorer: GraphiQL on this server's own API, with examples that talk about what the server holds.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './explorer.css';
import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examples, sampleFrom, sampleQuery } from './examples.js';
import { fetcher, send } from './fetcher';

const first = await send({ query: sampleQuery }).catch(() => null);
const closed = first?.errors?.some((error: any) => error.extensions?.code === 'PERSISTED_QUERY_NOT_IN_LIST');
const [email, password] = document.querySelector<HTMLMetaElement>('meta[name=demo]')?.content.split(' ') ?? [];
const sample = sampleFrom(first?.data ?? null, email && password ? { email, password } : undefined);

const tabs = Object.values(examples(sample)).map(({ query, variables }) => ({
  query,
  variables: variables && JSON.stringify(variables, null, 2),
}));

// A name of its own in the browser's storage: other GraphiQLs are at home on localhost too.
const storage = createLocalStorage({ namespace: 'ensemble' });

/** Without documents of one's own there is nothing to explore. */
const notice = (
  <p className="loading" role="status">
    This site runs only documents that it knows (<code>ENSEMBLE_DOCUMENTS</code>), so nothing can be explored here.
  </p>
);

createRoot(document.getElementById('explorer')!).render(
  closed ? (
    notice
  ) : (
    <GraphiQL fetcher={fetcher} defaultTabs={tabs} storage={storage} defaultEditorToolsVisibility="variables">
      <GraphiQL.Logo>
        <a href="/">Ensemble</a>
      </GraphiQL.Logo>
    </GraphiQL>
  ),
);
