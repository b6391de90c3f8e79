// A real browser for tests. Without one, they are skipped.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { skipWithout } from './server.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export const withoutBrowser = skipWithout(existsSync(executablePath), `no Chromium at ${executablePath}: set CHROMIUM`);

export const launch = () => chromium.launch({ executablePath, args: [...quiet, '--no-sandbox', '--disable-gpu', '--disable-quic'] });
