/**
 * Limits the sockets of the server, in total and per address, from the moment they are accepted:
 * descriptors run out long before a request is read. At a limit, the oldest socket without a
 * complete request is closed, then the socket that has waited longest for its next request. If
 * every socket is in use, the new one is closed.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey, matchAddresses, readAddress } from '@parley/websocket/http';
import type { Logger } from '../../ports/logger.ts';
import { SocketEvictionQueue } from './socket-eviction-queue.ts';

export interface SocketLimits {
  readonly socketsMax: number;
  /** 0 means no limit. */
  readonly perAddressMax: number;
  /** Addresses and ranges shared by many clients: loopback addresses, proxies. */
  readonly unlimitedAddresses: readonly string[];
}

interface Peer {
  readonly socket: Socket;
  /** Remote and local end. */
  readonly ends: string;
  /** Keys of its groups: all sockets, and those of its address if that is limited. */
  readonly keys: readonly string[];
  requestCount: number;
}

const ALL = 'all';

export class TcpSocketLimiter {
  readonly #limits: SocketLimits;
  readonly #logger: Logger;
  readonly #isUnlimited: (address: string) => boolean;
  readonly #groups = new Map<string, SocketEvictionQueue<Peer>>();
  /** Keyed by both ends, because with TLS a request has another socket object than its connection. */
  readonly #peers = new Map<string, Peer>();

  constructor(limits: SocketLimits, dependencies: { readonly logger: Logger }) {
    this.#limits = limits;
    this.#logger = dependencies.logger;
    this.#isUnlimited = matchAddresses(limits.unlimitedAddresses);
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      if (!this.#admit(socket)) socket.destroy();
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const peer = this.#begin(socket);
      if (peer !== undefined) response.once('close', () => this.#finish(peer));
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.#begin(socket));
  }

  #admit(socket: Socket): boolean {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return false; // The peer has already reset the connection.
    const address = readAddress(remoteAddress) ?? remoteAddress;
    const isLimited = this.#limits.perAddressMax > 0 && !this.#isUnlimited(address);
    const keys = isLimited ? [addressKey(address), ALL] : [ALL];
    if (!keys.every((key) => this.#makeCapacity(key, address))) return false;

    const peer: Peer = { socket, ends: endsOf(socket), keys, requestCount: 0 };
    this.#peers.set(peer.ends, peer);
    for (const key of keys) this.#groupOf(key).add(peer);
    socket.once('close', () => this.#remove(peer));
    return true;
  }

  #makeCapacity(key: string, address: string): boolean {
    const group = this.#groups.get(key);
    if (group?.isFull !== true) return true;
    const { socketsMax } = group;
    this.#logger.record({ event: 'sockets.full', address, socketsMax });
    const victim = group.nextToClose;
    if (victim === undefined) return false;
    this.#remove(victim); // Its `close` event comes later, possibly after the next socket.
    victim.socket.destroy();
    return true;
  }

  #groupOf(key: string): SocketEvictionQueue<Peer> {
    const { socketsMax, perAddressMax } = this.#limits;
    const group =
      this.#groups.get(key) ??
      new SocketEvictionQueue<Peer>(key === ALL ? socketsMax : perAddressMax);
    this.#groups.set(key, group);
    return group;
  }

  #remove(peer: Peer): void {
    if (!this.#peers.delete(peer.ends)) return;
    for (const key of peer.keys) {
      const group = this.#groupOf(key);
      group.delete(peer);
      if (group.size === 0) this.#groups.delete(key);
    }
  }

  #begin(socket: Socket): Peer | undefined {
    const peer = this.#peers.get(endsOf(socket));
    if (peer === undefined) return undefined;
    peer.requestCount += 1;
    for (const key of peer.keys) this.#groupOf(key).markBusy(peer);
    return peer;
  }

  #finish(peer: Peer): void {
    peer.requestCount -= 1;
    if (peer.requestCount > 0 || !this.#peers.has(peer.ends)) return;
    for (const key of peer.keys) this.#groupOf(key).markIdle(peer);
  }
}

/** Unique among the connections of one server. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
