// A Node server for the bench: GraphQL Yoga behind graphql-ws and ws, as Yoga's documentation sets them up, with
// graphql-redis-subscriptions. Events bring everything that the selection needs: nothing is read from a database.
//
//   node --expose-gc server.mjs REDIS_URL
import { createServer } from 'node:http';
import { GraphQLError } from 'graphql';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { createSchema, createYoga } from 'graphql-yoga';
import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';

const channel = 'bench:events:'; // the topic follows
const connect = () => new Redis(process.argv[2]);
const pubsub = new RedisPubSub({ publisher: connect(), subscriber: connect() });

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    scalar DateTime
    scalar EventCursor
    type Query { ready: Boolean! }
    type Subscription { commitmentEvents(commitment: ID!, after: EventCursor): CommitmentEvent! }
    interface CommitmentEvent { cursor: EventCursor! }
    type CommentPosted implements CommitmentEvent { cursor: EventCursor!  comment: Comment }
    type Reset implements CommitmentEvent { cursor: EventCursor! }
    type Comment { id: ID!  body: String  createdAt: DateTime!  author: Actor }
    interface Actor { name: String! }
    type User implements Actor { name: String! }
  `,
  resolvers: {
    Query: { ready: () => true },
    Subscription: {
      commitmentEvents: {
        subscribe: (_, { commitment }) => pubsub.asyncIterator(channel + commitment),
        resolve: (message) => message.Payload.data.commitmentEvents,
      },
    },
    CommitmentEvent: { __resolveType: (event) => event.__typename },
    Actor: { __resolveType: () => 'User' },
  },
});

const yoga = createYoga({ schema, logging: false });
const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx, req: ctx.extra.request, socket: ctx.extra.socket, params,
      });
      const args = {
        schema, operationName: params.operationName, document: parse(params.query), variableValues: params.variables,
        contextValue: await contextFactory(), rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors.map((e) => new GraphQLError(e.message)) : args;
    },
  },
  sockets,
);

// What the runner asks every server: to collect its garbage.
const admin = createServer((_, response) => {
  globalThis.gc();
  response.end();
});

const listen = (s) => new Promise((done) => s.listen(0, '127.0.0.1', () => done(`127.0.0.1:${s.address().port}`)));
const addresses = { Addr: await listen(server), Admin: await listen(admin) };
process.stdout.write(`${JSON.stringify(addresses)}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
