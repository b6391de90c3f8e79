import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { getOperationAST, parse } from 'graphql';
import { connect, watch } from './live.js';

type Headers = Record<string, string> | undefined;

/** Sends what GraphiQL runs: subscriptions over WebSocket, everything else over HTTP. The session cookie goes along. */
export const fetcher: Fetcher = (request, options) => {
  const operation = operationOf(request);
  const run = operation?.operation === 'subscription' ? subscribe : send;
  return run(operation ? { ...request, operationName: operation.name?.value } : request, options?.headers);
};

/** Asks the document: GraphiQL goes on naming the operation of the last tab for a moment after another one is chosen. */
function operationOf({ query, operationName }: FetcherParams) {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    return null; // the server says what is wrong with it
  }
}

export async function send(request: FetcherParams, headers?: Headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return response.json();
}

/** A connection of its own for each subscription, since `Authorization` in the headers editor is said once per connection. */
function subscribe(request: FetcherParams, headers: Headers): ReturnType<Fetcher> {
  const authorization = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const client = connect({ url: location.origin.replace(/^http/, 'ws') + '/graphql', authorization });
  return {
    // GraphiQL calls it with an object; the other forms of the type are for other callers.
    subscribe(sink: any) {
      const unsubscribe = watch(client, request as any, {
        next: (result) => sink.next(result),
        error: (reason) => sink.error(reason instanceof CloseEvent ? closed(reason) : reason),
        complete: () => sink.complete(),
      });
      return { unsubscribe };
    },
  };
}

/** An event prints as `{}`, and an error with its stack. */
const closed = ({ code, reason }: CloseEvent) => ({ message: `The server closed the connection: ${code} ${reason}` });
