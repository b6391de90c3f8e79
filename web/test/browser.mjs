// A real browser for tests. Without one, they are skipped. run.mjs starts one for all files, which each opens windows of its own in.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { skipWithout } from './server.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const shared = process.env.ENSEMBLE_TEST_BROWSER;
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export const withoutBrowser = skipWithout(existsSync(executablePath), `no Chromium at ${executablePath}: set CHROMIUM`);

const settings = { executablePath, args: [...quiet, '--no-sandbox', '--disable-gpu', '--disable-quic'] };

/** Starts a browser that other processes can use, by its wsEndpoint(). */
export const serve = () => chromium.launchServer(settings);

/** The browser of ENSEMBLE_TEST_BROWSER, a wsEndpoint(), or a new one. close() ends what was opened by it; a browser that others use stays. */
export const launch = () => (shared ? chromium.connect(shared) : chromium.launch(settings));
