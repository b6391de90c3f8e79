// Plays the tests of this folder, or the files that are named, several files at once and in one browser. Each file is a process, and what its own tests
// do comes one after the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { serve, withoutBrowser } from './browser.mjs';
import { patience } from './server.mjs';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.mjs')).map((name) => `${import.meta.dirname}/${name}`);
const named = process.argv.slice(2);

const browser = withoutBrowser ? null : await serve();
// They wait more than they work: more files at once than a small machine has processors.
const settings = ['--test-reporter=spec', '--test-concurrency=4', `--test-timeout=${6 * patience}`]; // the time of a whole file
const tests = spawn(process.execPath, ['--test', ...settings, ...(named.length > 0 ? named : files)], {
  stdio: 'inherit',
  env: { ...process.env, ...(browser && { ENSEMBLE_TEST_BROWSER: browser.wsEndpoint() }) },
});
const [status, signal] = await once(tests, 'exit');
await browser?.close();
process.exitCode = signal ? 1 : status;
