/** Clients of a cluster, one sender in each room, and what they lost with a node. */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../chat/percentile.ts';
import type { Member } from '../chat/test-bed.ts';
import { answerRequests } from '../harness/child-program.ts';
import { ReturningClient } from './returning-client.ts';

const CONNECTING_AT_ONCE = 50;
const SEND_INTERVAL_MS = 1_000;
/** Time limit for the return of the clients of a node. */
const RETURN_MS_MAX = 100_000;
const POLL_MS = 10;
/** Nodes repair what the bus has lost within seconds. */
const REPAIR_MS_MAX = 15_000;

interface Send {
  readonly sender: ReturningClient;
  readonly sentAtMs: number;
  readonly tookMs: number;
}

const clients: ReturningClient[] = [];
let isSending = true;
let sending: Promise<unknown> = Promise.resolve();
const acknowledged = new Map<string, number[]>();
const sends: Send[] = [];

const requests = {
  /** Connects further clients. */
  async open({ url, members }: { readonly url: string; readonly members: readonly Member[] }) {
    for (let from = 0; from < members.length; from += CONNECTING_AT_ONCE) {
      const some = members.slice(from, from + CONNECTING_AT_ONCE);
      clients.push(...(await Promise.all(some.map((each) => ReturningClient.open(url, each)))));
    }
  },

  /** Lets one client of each room send. */
  async beginSending(): Promise<void> {
    // Chosen at random: the proxy connects clients to the nodes in turn.
    const senders = new Map(shuffle(clients).map((client) => [client.roomId, client]));
    sending = Promise.all([...senders.values()].map(sendOn));
  },

  /** Waits for the first lost connection, then until all clients are connected and resumed. */
  async awaitReturn({ msMax = RETURN_MS_MAX }: { readonly msMax?: number } = {}) {
    const deadlineMs = performance.now() + msMax;
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) {
        if (performance.now() > deadlineMs) throw new Error('not all clients are back');
        await sleep(POLL_MS);
      }
    };
    const isMoved = ({ lostAtMs }: ReturningClient): boolean => lostAtMs !== undefined;
    await until(() => clients.some(isMoved));
    await until(() => clients.every(({ isConnected }) => isConnected));
    const backAtMs = performance.now();
    const moved = clients.filter(isMoved);
    const lostAtMs = Math.min(...moved.map((client) => client.lostAtMs ?? backAtMs));
    // A send that is still waiting counts too.
    await sleep(SEND_INTERVAL_MS);
    const meanwhile = sends.filter(
      ({ sender, sentAtMs, tookMs }) =>
        !isMoved(sender) && sentAtMs < backAtMs && sentAtMs + tookMs >= lostAtMs,
    );
    return {
      backMs: backAtMs - lostAtMs,
      moved: moved.length,
      sendP99Ms: percentile(
        meanwhile.map(({ tookMs }) => tookMs),
        0.99,
      ),
    };
  },

  /** Stops sending, and counts the acknowledged messages that members of the room did not get. */
  async countLost(): Promise<number> {
    isSending = false;
    await sending;
    const deadlineMs = performance.now() + REPAIR_MS_MAX;
    while (countMissing() > 0 && performance.now() < deadlineMs) await sleep(10 * POLL_MS);
    return countMissing();
  },
};

export type LossRequests = typeof requests;
answerRequests(requests);

function countMissing(): number {
  let missing = 0;
  for (const { roomId, received } of clients) {
    for (const sequence of acknowledged.get(roomId) ?? []) {
      if (!received.has(sequence)) missing += 1;
    }
  }
  return missing;
}

function shuffle<T>(values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

async function sendOn(sender: ReturningClient, index: number): Promise<void> {
  const sequences: number[] = [];
  acknowledged.set(sender.roomId, sequences);
  await sleep(Math.random() * SEND_INTERVAL_MS);
  for (let count = 1; isSending; count += 1) {
    const sentAtMs = performance.now();
    sequences.push(await sender.send(`message ${count}`, `sender-${index}-${count}`));
    const tookMs = performance.now() - sentAtMs;
    sends.push({ sender, sentAtMs, tookMs });
    await sleep(Math.max(0, SEND_INTERVAL_MS - tookMs));
  }
}
