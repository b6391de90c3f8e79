import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';
import { examples, placeholder } from './src/examples.js';

const api = process.env.ENSEMBLE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  appType: 'mpa',
  plugins: [showExamples(), compress()],
  // For `npm run dev`, which cannot bundle the editor's workers ahead.
  optimizeDeps: { exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'] },
  server: { proxy: { '/graphql': { target: api, ws: true } } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000, // the editor, loaded by /explorer only
    rolldownOptions: {
      input: [
        'index.html', 'fr.html', 'explorer.html',
        'account/confirm.html', 'account/reset.html', 'fr/account/confirm.html', 'fr/account/reset.html',
        'account/invitation.html', 'fr/account/invitation.html',
      ],
      checks: { moduleLevelDirective: false }, // libraries that say "use client"
    },
  },
});

/** Writes the explorer's examples into the pages, where they say `<!-- query Commitment -->` or `<!-- variables Commitment -->`. */
function showExamples() {
  const named = examples(placeholder);
  const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const parts = {
    query: ({ query }) => query.replace(/^#.*\n/gm, '').trimEnd(), // the page has captions instead of comments
    variables: ({ variables }) => JSON.stringify(variables, null, 2),
  };
  return {
    name: 'show-examples',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) =>
        html.replace(/<!-- (query|variables) (\w+) -->/g, (_, part, name) => escaped(parts[part](named[name]))),
    },
  };
}

/** Leaves each file in its gzip form only, a quarter of the size inside the binary. web.go unpacks for the rare client without gzip. */
function compress() {
  let folder;
  return {
    name: 'compress',
    apply: 'build',
    configResolved: (config) => void (folder = config.build.outDir),
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true })) {
        const path = join(folder, name);
        if (!statSync(path).isFile() || name === '.gitkeep') continue;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        rmSync(path);
      }
    },
  };
}
