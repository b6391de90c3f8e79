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

/** The explorer's examples, about what the server holds now. */
export const examplesHere = async () => examples(sampleFrom((await send({ query: sampleQuery })).data));

/** Signs in and answers with a function that posts a comment and answers with it. Each gets a text of its own. */
export async function commenter() {
  const { SignIn, PostComment } = await examplesHere();
  const { token } = (await send(SignIn)).data.signIn;
  return async (text) => {
    const input = { ...PostComment.variables.input, body: `${text} ${crypto.randomUUID()}` };
    const { data, errors } = await send({ ...PostComment, variables: { input } }, token);
    assert.equal(errors, undefined);
    return data.postComment.comment;
  };
}
