// Plays the tests of this folder, or the files that are named, several files at once and in one browser. Each file is a process, and what its own tests
// do comes one after the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { serve, withoutBrowser } from './browser.mjs';

const all = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.mjs'));
// What takes longest begins first.
const long = ['live', 'explorer', 'invitation', 'openid', 'account'].map((name) => `${name}.test.mjs`);
const files = [...long, ...all.filter((name) => !long.includes(name))].map((name) => `${import.meta.dirname}/${name}`);
const named = process.argv.slice(2);

const browser = withoutBrowser ? null : await serve();
// They wait more than they work: more files at once than a small machine has processors.
const tests = spawn(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=4', ...(named.length > 0 ? named : files)], {
  stdio: 'inherit',
  env: { ...process.env, ...(browser && { ENSEMBLE_TEST_BROWSER: browser.wsEndpoint() }) },
});
const [status, signal] = await once(tests, 'exit');
await browser?.close();
process.exitCode = signal ? 1 : status;
