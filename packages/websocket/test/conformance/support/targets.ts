/** The servers of the cases: ours and `ws`. */
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import { WebSocketServer as WsServer } from 'ws';
import { WebSocketServer } from '../../../src/index.ts';
import { echo } from '../../support/test-server.ts';
import { chosenTls, chosenTransport, listenOverTransport } from '../../support/transport.ts';

export type TargetName = 'ours' | 'ws';

export interface Target {
  readonly name: TargetName;
  readonly port: number;
  stop(): Promise<void>;
}

/** The limits that the cases test; the same on both servers. */
export interface TargetSettings {
  readonly messageBytesMax?: number;
  readonly fragmentCountMax?: number;
  /** Subprotocols that the server speaks, best first. */
  readonly protocols?: readonly string[];
  /** Whether permessage-deflate is accepted, and every message compressed. */
  readonly hasDeflate?: boolean;
  /** The only path that is upgraded. Default: any. */
  readonly path?: string | undefined;
}

const DEFAULTS = {
  messageBytesMax: 1_048_576,
  fragmentCountMax: 1_000,
  protocols: [],
  hasDeflate: false,
  path: undefined,
} as const;

/** Compresses messages of any size, so that the cases can be short. */
const DEFLATE = { threshold: 0 } as const;

/**
 * Declares tests against our server and against `ws`, over TCP; over another transport only against
 * ours. `target` is running meanwhile.
 */
export function againstTargets(
  settings: TargetSettings,
  declare: (name: TargetName, target: () => Target) => void,
): void {
  const targets = [
    ['ours', startOurs],
    ['ws', startWs],
  ] as const;
  for (const [name, start] of chosenTransport() === 'tcp' ? targets : targets.slice(0, 1)) {
    let target: Target;
    before(async () => {
      target = await start(settings);
    });
    after(() => target.stop());
    declare(name, () => target);
  }
}

async function startOurs(settings: TargetSettings): Promise<Target> {
  const terms = { ...DEFAULTS, ...settings };
  const { messageBytesMax, fragmentCountMax, protocols, hasDeflate, path } = terms;
  const server = new WebSocketServer({
    pressureInterval: 0,
    tls: chosenTls(),
    maxMessageSize: messageBytesMax,
    maxFragments: fragmentCountMax,
    protocols,
    ...(path === undefined ? {} : { paths: [path] }),
    ...(hasDeflate ? { perMessageDeflate: DEFLATE } : {}),
  });
  server.on('connection', echo);
  const port = await listenOverTransport(server);
  return {
    name: 'ours',
    port,
    stop: () => {
      for (const connection of server.connections.values()) connection.destroy();
      return server.shutdown();
    },
  };
}

async function startWs(settings: TargetSettings): Promise<Target> {
  const terms = { ...DEFAULTS, ...settings };
  const { messageBytesMax, fragmentCountMax, protocols, hasDeflate, path } = terms;
  const server = new WsServer({
    port: 0,
    host: '127.0.0.1',
    maxPayload: messageBytesMax,
    maxFragments: fragmentCountMax,
    perMessageDeflate: hasDeflate ? DEFLATE : false,
    ...(path === undefined ? {} : { path }),
    handleProtocols: (offered) => protocols.find((each) => offered.has(each)) ?? false,
  });
  server.on('connection', (connection) => {
    connection.on('error', () => {});
    connection.on('message', (data, isBinary) => connection.send(data, { binary: isBinary }));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    name: 'ws',
    port,
    stop: () => {
      for (const client of server.clients) client.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
