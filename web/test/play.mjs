// How much of what multiplies is played: each page in every width, language and colour scheme, for example.
// ENSEMBLE_TEST_PLAY says it, as for the Go tests: `once` (when it is not set) plays the first state of each list, `sample` another one too, drawn by the
// number ENSEMBLE_TEST_SEED, and `all` every state.
import { createHash } from 'node:crypto';

const plays = ['once', 'sample', 'all'];
const play = process.env.ENSEMBLE_TEST_PLAY || 'once';
if (!plays.includes(play)) throw new Error(`ENSEMBLE_TEST_PLAY is ${play}: say one of ${plays.join(', ')}`);

// Each file of tests is a process of its own. scripts/test gives all of them the same seed; without it each draws one.
const seed = process.env.ENSEMBLE_TEST_SEED || String(Math.floor(Math.random() * 1e6));
if (play === 'sample' && !process.env.ENSEMBLE_TEST_SEED) console.log(`ENSEMBLE_TEST_SEED=${seed}`);

/** The states that are played, in their order. `name` says whose they are, so that lists of the same length are drawn from differently. */
export const played = (name, states) => draw(name, states, play, seed);

/** What `played` answers, without looking at the environment. */
export function draw(name, states, play, seed) {
  if (play === 'all' || states.length < 2) return states;
  if (play === 'once') return [states[0]];
  const number = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE();
  return [states[0], states[1 + (number % (states.length - 1))]];
}
