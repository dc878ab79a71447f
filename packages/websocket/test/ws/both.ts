/**
 * Runs a test with the `ws` package and with our surface of it: an expectation that `ws` itself
 * does not meet is wrong.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import * as real from 'ws';
import * as own from '../../src/ws/index.ts';
import { inTime, until } from '../support/wait.ts';

export interface Implementation {
  readonly name: string;
  readonly WebSocket: typeof real.WebSocket;
  readonly WebSocketServer: typeof real.WebSocketServer;
  readonly createWebSocketStream: typeof real.createWebSocketStream;
  /** The default export, which has the others as properties. */
  readonly default: typeof real.default;
}

export const REAL: Implementation = { name: 'ws', ...real };

// The surface replaces `ws`; these tests define how closely.
export const OWN = { ...own, name: 'ours' } as unknown as Implementation;

type BothBody = (implementation: Implementation, t: TestContext) => Promise<void> | void;

/** One test for each implementation. */
export function testBoth(title: string, body: BothBody): void {
  for (const implementation of [REAL, OWN]) {
    test(`${implementation.name}: ${title}`, (t) => body(implementation, t));
  }
}

/** A server on a free port that closes with its test. */
export async function serve(
  t: TestContext,
  { WebSocketServer }: Implementation,
  options: real.ServerOptions = {},
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  const sockets: real.WebSocket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  t.after(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  await inTime(once(server, 'listening'), 'the server to listen');
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return { server, sockets, port, url: `ws://127.0.0.1:${port}` };
}

/** An open client that closes with its test. */
export async function open(
  t: TestContext,
  { WebSocket }: Implementation,
  url: string,
  options: real.ClientOptions = {},
): Promise<real.WebSocket> {
  const socket = new WebSocket(url, options);
  t.after(() => socket.terminate());
  await inTime(once(socket, 'open'), 'the client to open');
  return socket;
}

/** A server with one client, both of the same implementation. */
export async function pair(
  t: TestContext,
  implementation: Implementation,
  options: real.ServerOptions = {},
  clientOptions: real.ClientOptions = {},
) {
  const running = await serve(t, implementation, options);
  const client = await open(t, implementation, running.url, clientOptions);
  await until(() => running.sockets.length === 1, 'the socket of the server');
  // There is one now.
  const socket = running.sockets[0] as real.WebSocket;
  return { ...running, client, socket };
}

/** The arguments of the next event of this name. */
export function event(emitter: NodeJS.EventEmitter, name: string): Promise<unknown[]> {
  // Not Node's `once`, which an earlier `error` would reject.
  const arrival = new Promise<unknown[]>((resolve) => {
    emitter.once(name, (...args: unknown[]) => resolve(args));
  });
  return inTime(arrival, `event ${name}`);
}

/** Summary of a `close` event. */
export async function closing(socket: real.WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = await event(socket, 'close');
  return [Number(code), String(reason)];
}
