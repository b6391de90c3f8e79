// Subscriptions over graphql-transport-ws that survive lost connections: used by the explorer and by the tests.
import { CloseCode, createClient } from 'graphql-ws';

/**
 * @typedef {import('graphql-ws').SubscribePayload} Operation
 * @typedef {import('graphql-ws').FormattedExecutionResult<Record<string, {cursor?: string}>, {cursor?: string}>} Result
 */

/**
 * A connection to the API, opened by the first subscription. When it is lost it is made again, for ever, waiting
 * longer each time up to half a minute or so, unless the server refuses the token.
 * @param {{url: string, authorization?: string, webSocketImpl?: unknown}} options
 */
export const connect = ({ url, authorization, webSocketImpl }) =>
  createClient({
    url,
    webSocketImpl,
    connectionParams: authorization ? { authorization } : undefined,
    retryAttempts: Infinity,
    retryWait: (retries) => pause(Math.min(500 * 2 ** retries, 30_000) * (0.5 + Math.random())),
    // A refused connection is an error to browsers, not a close, and graphql-ws gives up on errors by itself.
    shouldRetry: (reason) => /** @type {CloseEvent} */ (reason).code !== CloseCode.Forbidden,
  });

/**
 * Subscribes, and keeps the variable `after` at the last event received: graphql-ws sends the operation again after
 * a lost connection, which then goes on from there. An operation without such a variable is not affected.
 * @param {import('graphql-ws').Client} client
 * @param {Operation} operation
 * @param {import('graphql-ws').Sink<Result>} sink
 * @returns {() => void} Ends the subscription.
 */
export function watch(client, operation, sink) {
  /** @type {Operation & {variables: Record<string, unknown>}} */
  const request = { ...operation, variables: { ...operation.variables } };
  return client.subscribe(request, {
    error: (reason) => sink.error(reason),
    complete: () => sink.complete(),
    /** @param {Result} result */
    next(result) {
      request.variables.after = cursorOf(result) ?? request.variables.after;
      sink.next(result);
    },
  });
}

/**
 * Where an event stands: said beside the data, or in it when asked for.
 * @param {Result} result
 */
const cursorOf = ({ data, extensions }) => extensions?.cursor ?? Object.values(data ?? {})[0]?.cursor;

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
