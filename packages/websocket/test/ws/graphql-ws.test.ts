/** The real `graphql-ws` server on our sockets, and on those of `ws`, with its own client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { inTime, until } from '../support/wait.ts';
import { type Implementation, OWN, REAL, serve } from './both.ts';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'grüße' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      count: {
        type: GraphQLInt,
        args: { to: { type: GraphQLInt } },
        async *subscribe(_: unknown, { to }: { to: number }) {
          for (let count = 1; count <= to; count += 1) yield { count };
        },
      },
    },
  }),
});

for (const servers of [REAL, OWN]) {
  for (const clients of [REAL, OWN]) {
    test(`graphql-ws on ${servers.name}, with ${clients.name} at the client`, async (t) => {
      const { server, url, sockets } = await serve(t, servers, { path: '/graphql' });
      const disposable = useServer({ schema }, server);
      const ends: number[] = [];
      const client = createClient({
        url: `${url}/graphql`,
        webSocketImpl: clients.WebSocket satisfies Implementation['WebSocket'],
        retryAttempts: 0,
        lazy: false,
        onNonLazyError: () => {},
        on: { closed: (event) => ends.push((event as { code: number }).code) },
      });

      const query = client.iterate({ query: '{ hello }' });
      const { value } = await inTime(query.next(), 'the answer');
      const counts: unknown[] = [];
      for await (const { data } of client.iterate({ query: 'subscription { count(to: 50) }' })) {
        counts.push(data?.count);
      }

      assert.deepEqual(value?.data, { hello: 'grüße' });
      assert.deepEqual(
        counts,
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      assert.equal(sockets[0]?.protocol, 'graphql-transport-ws');
      await inTime(Promise.resolve(disposable.dispose()), 'the end of the server');
      await until(() => ends.length === 1, 'the end at the client');
      assert.deepEqual(ends, [1_001]);
    });
  }
}
