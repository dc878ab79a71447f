/** Servers on free ports that close with their test. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  type Connection,
  type ConnectionEnd,
  type ServerFailure,
  WebSocketServer,
  type WebSocketServerOptions,
} from '../../src/index.ts';
import { FakeClock } from './fake-clock.ts';
import { RawPeer, type RequestChange } from './raw-peer.ts';
import { chosenTls, listenOverTransport, moveBeforeTick } from './transport.ts';
import { turns, until } from './wait.ts';

/** The events of a server that tests check, in the order in which they happened. */
export interface TestServer<M = unknown> {
  readonly server: WebSocketServer<M>;
  readonly port: number;
  /** All connections of `connection` events. */
  readonly connections: Connection<M>[];
  readonly closes: ({ readonly id: string } & ConnectionEnd)[];
  readonly errors: ServerFailure[];
  /** A client that is only connected; it closes with the test. */
  connect(): RawPeer;
  /** A raw client with its connection; `change` as for `upgradeRequest`. */
  open(
    change?: RequestChange,
  ): Promise<{ readonly peer: RawPeer; readonly connection: Connection<M> }>;
}

export async function startServer<M = unknown>(
  t: TestContext,
  options: Partial<WebSocketServerOptions<M>> = {},
): Promise<TestServer<M>> {
  const tls = chosenTls();
  const server = new WebSocketServer<M>({ pressureInterval: 0, tls, ...options });
  const peers: RawPeer[] = [];
  const connections: Connection<M>[] = [];
  const closes: TestServer['closes'] = [];
  const errors: TestServer['errors'] = [];
  server.on('connection', (connection) => connections.push(connection));
  server.on('connectionClosed', (end) => closes.push(end));
  server.on('error', (failure) => errors.push(failure));
  const port = await listenOverTransport(server);
  t.after(() => {
    for (const peer of peers) peer.destroy();
    for (const connection of server.connections.values()) connection.destroy();
    return server.shutdown();
  });

  const connect = () => {
    const peer = new RawPeer(port, { isTls: tls !== undefined });
    peers.push(peer);
    return peer;
  };
  const open = async (change?: RequestChange) => {
    const peer = connect();
    await peer.upgrade(change);
    await until(() => server.connections.size > 0, 'the connection');
    const connection = [...server.connections.values()].at(-1);
    assert(connection !== undefined);
    return { peer, connection };
  };
  return { server, port, connections, closes, errors, connect, open };
}

/** A server with a clock that the test moves. */
export async function startServerWithClock<M = unknown>(
  t: TestContext,
  options: Partial<WebSocketServerOptions<M>> = {},
): Promise<TestServer<M> & { readonly clock: FakeClock }> {
  const clock = new FakeClock();
  const started = await startServer<M>(t, { ...options, clock });
  const open: typeof started.open = async (change) => {
    const opened = await started.open(change);
    moveBeforeTick(clock);
    return opened;
  };
  return { ...started, open, clock };
}

/** Monitors only the delay of the event loop, which a test can cause. */
export const LOOP_DELAY_ONLY = {
  pressureInterval: 5_000,
  memoryThreshold: 0,
  loopDelayThreshold: 50,
  connectionThreshold: 0,
  heartbeatInterval: 600_000,
};

/** Lets time pass with a turn of the event loop between two ticks. */
export async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 1_000) {
    clock.advance(Math.min(leftMs, 1_000));
    await turns(2);
  }
}

/** Echoes every message. */
export function echo(connection: Connection): void {
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
  });
}
