/**
 * Real faults of a real cluster under traffic: processes are killed and stopped, servers die, hang
 * and forget, connections break, stall and end in the middle of a message, and the standby of
 * PostgreSQL is promoted. After each round everything works again, and the checker judges what the
 * clients have seen.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'redis';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { type Random, seededRandom, Traffic } from '../checker/traffic.ts';
import { type Account, openAccounts, settle, showAll } from '../crash/clients.ts';
import { FaultyCluster, type FaultyNode } from './faulty-cluster.ts';
import { type Follower, followBySocketIo, followChannel } from './followers.ts';

export interface FaultsRunOptions {
  readonly seed: number;
  /** No round begins after this time. Each injects every fault once. */
  readonly durationMs: number;
  readonly say?: (line: string) => void;
}

export interface FaultsRunReport {
  readonly faults: readonly Fault[];
  readonly rounds: number;
  readonly injected: number;
  readonly acknowledged: number;
}

const ROOMS = 2;
/** Interval of the commands of each user, and the maximum that wait for an answer. */
const SENDING_MS = 40;
const IN_FLIGHT_MAX = 4;
/** How long a fault lasts, and the time before the next one. */
const FAULT_MS = 1500;
const PAUSE_MS = 700;
/** Time in which clients and nodes must recover after the last fault. */
const HEALING_MS = 60_000;
const DELAY_MS = 60;

interface Target {
  readonly cluster: FaultyCluster;
  readonly node: FaultyNode;
}

type Injection = (target: Target) => Promise<void>;

const INJECTIONS: Readonly<Record<string, Injection>> = {
  'kill a node': async ({ node }) => {
    await node.kill();
    await wait(FAULT_MS);
    await node.start();
  },
  'stop a node': async ({ node }) => {
    node.freeze();
    await wait(2 * FAULT_MS);
    node.thaw();
  },
  'kill Redis': async ({ cluster }) => {
    await cluster.redis.stop();
    await wait(FAULT_MS);
    await cluster.redis.start();
  },
  'stop Redis': async ({ cluster }) => {
    await cluster.redis.freeze();
    await wait(2 * FAULT_MS);
    await cluster.redis.thaw();
  },
  'empty Redis': async ({ cluster }) => {
    const client = createClient({ url: cluster.redis.url });
    await client.connect();
    await client.flushAll();
    client.destroy();
  },
  'kill PostgreSQL': async ({ cluster }) => {
    await cluster.postgres.kill();
    await wait(FAULT_MS);
    await cluster.postgres.start(synchronous(cluster));
  },
  'stop PostgreSQL': async ({ cluster }) => {
    await cluster.postgres.freeze();
    await wait(FAULT_MS);
    await cluster.postgres.thaw();
  },
  'cut a node off PostgreSQL': async ({ node }) => node.postgres.cut(),
  'cut a node off Redis': async ({ node }) => node.redis.cut(),
  'silence PostgreSQL for a node': async ({ node }) => silence(node.postgres),
  'silence Redis for a node': async ({ node }) => silence(node.redis),
  'halve data of PostgreSQL': async ({ node }) => node.postgres.halveNext(),
  'halve data of Redis': async ({ node }) => node.redis.halveNext(),
  'delay all data of a node': async ({ node }) => {
    for (const proxy of [node.redis, node.postgres]) proxy.delayMs = DELAY_MS;
    await wait(FAULT_MS);
    for (const proxy of [node.redis, node.postgres]) proxy.restore();
  },
  'promote the standby': async ({ cluster }) => {
    if (!cluster.isPromoted) await cluster.promote();
  },
};

export async function runFaults(options: FaultsRunOptions): Promise<FaultsRunReport> {
  const { durationMs, seed, say = () => {} } = options;
  const random = seededRandom(seed);
  const report = { faults: [] as Fault[], rounds: 0, injected: 0, acknowledged: 0 };
  const cluster = await FaultyCluster.start();
  try {
    const accounts = await openAccounts(urlOf(cluster, 0));
    const endsAtMs = performance.now() + durationMs;
    do {
      const round = new Round({ cluster, accounts, random, say, name: `round-${report.rounds}` });
      report.faults.push(...(await round.run()));
      report.rounds += 1;
      report.injected += Object.keys(INJECTIONS).length;
      report.acknowledged += round.acknowledged;
    } while (performance.now() < endsAtMs && report.faults.length === 0);
  } finally {
    await cluster.close();
  }
  return report;
}

interface RoundOptions {
  readonly name: string;
  readonly cluster: FaultyCluster;
  readonly accounts: readonly Account[];
  readonly random: Random;
  readonly say: (line: string) => void;
}

class Round {
  readonly #options: RoundOptions;
  readonly #history: HistoryEntry[] = [];
  readonly #peers: NativePeer[];
  readonly #traffic: Traffic;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#traffic = new Traffic(options.random);
    const record = (entry: HistoryEntry) => void this.#history.push(entry);
    this.#peers = options.accounts.map((account, index) =>
      openWebSocketPeer({ ...account, url: urlOf(options.cluster, index), record }),
    );
  }

  get acknowledged(): number {
    return this.#history.filter(({ type }) => type === 'ack').length;
  }

  async run(): Promise<Fault[]> {
    const { cluster, accounts, say, name } = this.#options;
    const roomIds = await this.#openRooms();
    const followers = await this.#openFollowers(roomIds);
    const talking = setInterval(() => this.#talk(), SENDING_MS);
    try {
      for (const [fault, inject] of this.#shuffled()) {
        await wait(PAUSE_MS);
        say(`${name}: ${fault}`);
        await inject({ cluster, node: this.#anyNode() });
      }
      await wait(PAUSE_MS);
    } finally {
      clearInterval(talking);
    }
    for (const peer of this.#peers) {
      await peer.until('its answers', () => peer.isIdle && peer.isWhole, HEALING_MS);
    }
    await settle(this.#peers);
    await showAll(this.#peers, accounts[0], urlOf(cluster, 0), this.#history);
    await this.#untilArrived(followers);
    const faults = checkHistory(this.#history);
    for (const follower of followers) faults.push(...follower.judge(this.#history));
    for (const each of [
      ...this.#peers.map((peer) => () => peer.stop()),
      ...followers.map((follower) => () => follower.close()),
    ])
      each();
    return faults;
  }

  async #openRooms(): Promise<string[]> {
    const roomIds: string[] = [];
    for (let index = 0; index < ROOMS; index += 1) {
      for (const peer of this.#peers)
        roomIds.push(await peer.join(`${this.#options.name}-${index}`));
    }
    return [...new Set(roomIds)];
  }

  async #openFollowers([roomId = '']: readonly string[]): Promise<Follower[]> {
    const { cluster, accounts } = this.#options;
    const [account] = accounts;
    if (account === undefined) throw new Error('There is an account');
    const followers: Follower[] = [];
    for (const { url } of cluster.nodes) {
      followers.push(await followChannel({ url, account, roomId }));
      followers.push(await followBySocketIo({ url, account, roomId }));
    }
    return followers;
  }

  #talk(): void {
    for (const peer of this.#peers) {
      if (peer.rooms.size > 0 && peer.inFlight < IN_FLIGHT_MAX) peer.send(this.#traffic.next(peer));
    }
  }

  /** Waits until the followers have the last message. */
  async #untilArrived(followers: readonly Follower[]): Promise<void> {
    await until(
      () =>
        followers.every((follower) =>
          follower.judge(this.#history).every(({ kind }) => kind !== 'hole'),
        ),
      'the messages in the other dialects',
    ).catch(() => {}); // Its judgment says what is missing.
  }

  #anyNode(): FaultyNode {
    const { cluster, random } = this.#options;
    const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)];
    if (node === undefined) throw new Error('There is a node');
    return node;
  }

  #shuffled(): [string, Injection][] {
    const { random } = this.#options;
    return Object.entries(INJECTIONS)
      .map((entry) => ({ entry, key: random() }))
      .sort((one, other) => one.key - other.key)
      .map(({ entry }) => entry);
  }
}

/** A standby that was promoted has no standby of its own. */
function synchronous({ isPromoted }: FaultyCluster): Readonly<Record<string, string>> {
  return isPromoted ? {} : { synchronous_standby_names: '*' };
}

async function silence(proxy: FaultyNode['redis']): Promise<void> {
  proxy.isSilent = true;
  await wait(2 * FAULT_MS);
  proxy.restore();
}

function urlOf({ nodes }: FaultyCluster, index: number): string {
  return nodes[index % nodes.length]?.url ?? '';
}
