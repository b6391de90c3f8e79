// A server of a test's own, which it may kill and restore, and a line to it that breaks in all the ways lines do.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { skipWithout } from './server.mjs';

const root = new URL('../..', import.meta.url).pathname;
const program = process.env.ENSEMBLE_PROGRAM;
export const withoutGo = skipWithout(
  program || spawnSync('go', ['version']).status === 0,
  'Go is missing: it builds the server that is killed, unless ENSEMBLE_PROGRAM names it',
);

/** Builds the program where there is none, and fills a database with the sample, once for all servers of a file. */
export async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-live-'));
  const built = { folder, binary: program ?? join(folder, 'ensemble'), sample: join(folder, 'sample.db') };
  if (!program) execFileSync('go', ['build', '-o', built.binary, '.'], { cwd: root, env: { ...process.env, CGO_ENABLED: '0' } });
  const filled = new Ensemble(built, built.sample);
  await filled.start('demo');
  await filled.stop('SIGTERM');
  return built;
}

/** An `ensemble` process on a SQLite file, at the same port however often it is started. */
export class Ensemble {
  #built;
  #database;
  #port = 0;
  #process;

  constructor(built, database = join(mkdtempSync(join(built.folder, 'server-')), 'ensemble.db')) {
    this.#built = built;
    this.#database = database;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(command = 'serve') {
    const log = `${this.#database}.log`;
    const written = openSync(log, 'w');
    this.#process = spawn(this.#built.binary, [command], {
      stdio: ['ignore', 'ignore', written],
      env: {
        ...process.env,
        ENSEMBLE_ADDR: `127.0.0.1:${this.#port}`,
        ENSEMBLE_ADMIN_ADDR: '',
        ENSEMBLE_DATABASE_URL: `sqlite:${this.#database}`,
        ENSEMBLE_REDIS_URL: '',
        ENSEMBLE_DRAIN_SECONDS: '1',
        ENSEMBLE_COMMENT_PACE_SECONDS: '0', // the tests comment faster than people
        ENSEMBLE_ACCOUNT_SIGN_INS: '100000',
        ENSEMBLE_PERSON_WRITES: '100000',
      },
    });
    closeSync(written);
    for (;;) {
      const found = /"msg":"listening","addr":"[^"]*:(\d+)"/.exec(readFileSync(log, 'utf8'));
      if (found) {
        this.#port = Number(found[1]);
        return;
      }
      if (this.#process.exitCode !== null) throw new Error(readFileSync(log, 'utf8'));
      await pause(20);
    }
  }

  /** SIGKILL: nobody is told. SIGTERM: sockets are closed first. */
  async stop(signal) {
    const ended = this.#process;
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
    ended.kill(signal);
    await once(ended, 'exit');
  }

  /** Puts back the database as it was when the sample had just been filled in. */
  restore() {
    for (const rest of ['-wal', '-shm']) rmSync(this.#database + rest, { force: true });
    copyFileSync(this.#built.sample, this.#database);
  }

  /** Sends an operation, again and again until it is answered: with its idempotencyKey it is done once. */
  async ask(query, variables, token) {
    for (;;) {
      try {
        const response = await fetch(`${this.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
          body: JSON.stringify({ query, variables }),
        });
        const { data, errors } = await response.json();
        if (errors) throw new Error(JSON.stringify(errors));
        return data;
      } catch (error) {
        if (!['fetch failed', 'terminated'].includes(error.message)) throw error;
        await pause(20);
      }
    }
  }
}

/** A port that leads to a server. While that is away it is refused, or answered with 502, by turns: proxies do either. */
export class Line {
  #listener;
  #sockets = new Set();
  #turns = 0;

  async open(server) {
    this.#listener = net.createServer((client) => {
      const { hostname, port } = new URL(server.url);
      const onward = net.connect(port, hostname);
      for (const socket of [client, onward]) {
        this.#sockets.add(socket);
        socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
      }
      const refused = () => {
        if (this.#turns++ % 2) reset(client);
        else client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      };
      onward.on('error', refused).on('connect', () => {
        onward.off('error', refused);
        client.pipe(onward).pipe(client);
        client.on('close', () => onward.destroy());
        onward.on('close', () => client.destroy());
      });
    });
    await new Promise((listening) => this.#listener.listen(0, '127.0.0.1', listening));
    return `127.0.0.1:${this.#listener.address().port}`;
  }

  /** Resets every connection. */
  cut() {
    for (const socket of this.#sockets) reset(socket);
  }

  /** Lets nothing through any more on the connections there are, and tells nobody. New ones work. */
  silence() {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  close() {
    this.#listener.close();
    this.cut();
  }
}

/** A socket that was told to end cannot be reset: Node would neither close it nor end itself. */
const reset = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());
