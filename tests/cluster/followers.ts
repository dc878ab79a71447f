/**
 * Readers in the dialects other than the native one. They reconnect and continue from their
 * position, and must get every message of a room once, in order.
 */
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { Account } from '../crash/clients.ts';

const RETRY_MS = 100;

export interface Follower {
  readonly position: number;
  /** Compares the messages with the room as fetched in the end. */
  judge(history: readonly HistoryEntry[]): Fault[];
  close(): void;
}

interface Joined {
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
}

/** The messages of a room that a follower has received. */
class ReceivedMessages {
  readonly #name: string;
  readonly #roomId: string;
  readonly #sequences: number[] = [];
  /** Messages up to here are fetched rather than received. */
  #fetchedUpTo: number | undefined;
  #epoch: string | undefined;

  constructor(name: string, roomId: string) {
    this.#name = name;
    this.#roomId = roomId;
  }

  get position(): number {
    return this.#sequences.at(-1) ?? this.#fetchedUpTo ?? 0;
  }

  /** Where to continue; nothing at first. */
  get resumePoint(): object {
    if (this.#epoch === undefined) return {};
    return { lastSequence: this.position, epoch: this.#epoch };
  }

  joined({ headSequence, epoch, truncated }: Joined): void {
    if (truncated || this.#epoch === undefined) this.#fetchedUpTo = headSequence;
    this.#epoch = epoch;
  }

  receive({ sequence }: { readonly sequence: number }): void {
    this.#sequences.push(sequence);
  }

  judge(history: readonly HistoryEntry[]): Fault[] {
    const roomId = this.#roomId;
    const fault = (kind: Fault['kind'], text: string): Fault => ({ kind, roomId, text });
    const fetched = history.findLast(
      (entry) => entry.type === 'fetched' && entry.roomId === roomId,
    );
    if (fetched?.type !== 'fetched') return [fault('lost', `${roomId} was not fetched`)];
    const received = new Set(this.#sequences);
    const faults: Fault[] = [];
    for (const { sequence } of fetched.messages) {
      if (sequence > (this.#fetchedUpTo ?? 0) && !received.has(sequence)) {
        faults.push(fault('hole', `${this.#name} did not get ${sequence}`));
      }
    }
    for (const [index, sequence] of this.#sequences.entries()) {
      const before = this.#sequences[index - 1] ?? 0;
      if (sequence === before) faults.push(fault('twice', `${this.#name} got ${sequence} twice`));
      if (sequence < before) {
        faults.push(fault('out_of_order', `${this.#name} got ${sequence} after ${before}`));
      }
    }
    return faults;
  }
}

export interface FollowerOptions {
  readonly url: string;
  readonly account: Account;
  readonly roomId: string;
}

/** A reader of `/ws/chat`. Resolves when it has joined the room. */
export async function followChannel({ url, account, roomId }: FollowerOptions): Promise<Follower> {
  const messages = new ReceivedMessages(`channels at ${url}`, roomId);
  const first = Promise.withResolvers<void>();
  let socket: WebSocket;
  let isClosed = false;
  const connect = (): void => {
    socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/chat`, {
      headers: { authorization: `Bearer ${account.token}` },
    });
    const send = (type: string, fields: object) => socket.send(JSON.stringify({ type, ...fields }));
    socket.on('error', () => {});
    socket.on('close', () => !isClosed && setTimeout(connect, RETRY_MS));
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.type === 'connected') {
        send('join_channel', { channelId: roomId, ...messages.resumePoint });
      } else if (frame.type === 'joined_channel') {
        messages.joined(frame);
        first.resolve();
      } else if (frame.type === 'new_message') messages.receive(frame.message);
      // The store may be unavailable: it joins again over a new connection.
      else if (frame.type === 'error') socket.terminate();
    });
  };
  connect();
  await first.promise;
  return {
    get position() {
      return messages.position;
    },
    judge: (history) => messages.judge(history),
    close: () => {
      isClosed = true;
      socket.terminate();
    },
  };
}

/** A reader with Socket.IO's own client. Resolves when it has joined the room. */
export async function followBySocketIo(options: FollowerOptions): Promise<Follower> {
  const { url, account, roomId } = options;
  const messages = new ReceivedMessages(`socketio at ${url}`, roomId);
  const first = Promise.withResolvers<void>();
  const socket = io(url, {
    auth: { token: account.token },
    reconnectionDelay: RETRY_MS,
    reconnectionDelayMax: 5 * RETRY_MS,
    forceNew: true,
  });
  const join = (): void => {
    socket.emit('room:join', { roomId, ...messages.resumePoint }, (answer: object) => {
      if ('headSequence' in answer) {
        messages.joined(answer as Joined);
        first.resolve();
      } else if (socket.connected) setTimeout(join, RETRY_MS);
    });
  };
  // A recovered connection has the room still open, and gets what it has missed.
  socket.on('connect', () => !socket.recovered && join());
  // Socket.IO reconnects alone only if the connection was lost, not if the server rejected or ended it.
  const connectLater = () => !socket.active && setTimeout(() => socket.connect(), RETRY_MS);
  socket.on('connect_error', connectLater);
  socket.on('disconnect', (reason) => reason === 'io server disconnect' && connectLater());
  socket.on('message:new', (message) => messages.receive(message));
  await first.promise;
  return {
    get position() {
      return messages.position;
    },
    judge: (history) => messages.judge(history),
    close: () => {
      socket.off('disconnect');
      socket.disconnect();
    },
  };
}
