// The running server under test. Its address is in ENSEMBLE_URL; without it, tests that need one are skipped.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { examples, sampleFrom, sampleQuery } from '../src/examples.js';
import { connect } from '../src/live.js';

export const url = process.env.ENSEMBLE_URL?.replace(/\/$/, '');

/** Says why to skip what needs `present`; false when it is there. In CI nothing is skipped: what is missing fails. */
export function skipWithout(present, how) {
  if (!present && process.env.CI === 'true') throw new Error(how);
  return present ? false : how;
}

export const withoutServer = skipWithout(url, 'no server: run `go run . demo` and set ENSEMBLE_URL=http://127.0.0.1:8080');

/** How long a test may take, in milliseconds: far longer than it does, also where other programs have most of the machine. */
export const patience = 600_000;

/** Sends an operation over HTTP and answers with the whole result. */
export async function send(operation, token) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(operation),
  });
  return response.json();
}

/** A graphql-ws client on the server, as the explorer makes it. */
export const socket = (options) =>
  connect({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, ...options });

/** Somebody of the demo. */
export const participant = { email: 'participant@example.org', password: 'ensemble-demo' };

let place = 0;

/** Has the examples of this file talk about another commitment than those of other files, which run meanwhile: some tests count every event of theirs. */
export const talkAbout = (number) => (place = number);

/** The explorer's examples, about what the server holds now. */
export async function examplesHere() {
  const { data } = await send({ query: sampleQuery });
  const [{ commitments }] = data.processes.nodes;
  commitments.nodes.sort((a, b) => (a.id < b.id ? -1 : 1)); // by what tests do not change
  commitments.nodes.unshift(...commitments.nodes.splice(place, 1));
  return examples(sampleFrom(data, participant));
}

/** Signs in and answers with a function that posts a comment as the examples do, and answers with it. Each gets a text of its own. */
export async function commenter(examples) {
  const { SignIn, PostComment } = examples ?? (await examplesHere());
  const { token } = (await send(SignIn)).data.signIn;
  return async (text) => {
    const input = { ...PostComment.variables.input, body: `${text} ${crypto.randomUUID()}` };
    const { data, errors } = await send({ ...PostComment, variables: { input } }, token);
    assert.equal(errors, undefined);
    return data.postComment.comment;
  };
}
