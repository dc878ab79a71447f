/**
 * Real faults of a real cluster under traffic: processes are killed and stopped, servers die, hang
 * and forget, connections break, stall in one direction or both, stay open on one side only, and end in
 * the middle of a message, and the standby of
 * PostgreSQL is promoted. Meanwhile members of further rooms are removed and return, the rooms are archived, restored
 * and deleted, and an account is disabled. After each round everything works again, and the checker judges what the
 * clients of all dialects have seen.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Random, seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import {
  type Account,
  openAccount,
  openAccounts,
  openPeers,
  settle,
  showAll,
} from '../crash/clients.ts';
import { beginConversation, openChannel, openConversation } from './dialects/flat.ts';
import { openSocketIo } from './dialects/socketio.ts';
import type { DialectClient } from './dialects/transcript.ts';
import { FaultyCluster } from './faulty-cluster.ts';
import { injectionsOf } from './injections.ts';
import { RoomActs } from './room-acts.ts';

interface FaultsRunOptions {
  readonly seed: number;
  /** No round begins after this time. Each injects every fault once. */
  readonly durationMs: number;
  /** Whether the messages are in Cassandra, which fails too. */
  readonly withCassandra?: boolean;
  readonly say?: (line: string) => void;
}

interface FaultsRunReport {
  readonly faults: readonly Fault[];
  readonly rounds: number;
  readonly injected: number;
  readonly acknowledged: number;
  /** Removals, archived, restored and deleted rooms, and disabled accounts. */
  readonly acts: number;
  /** File with the history of the round with faults, and the faults that were injected; for an investigation. */
  readonly keptIn: string | undefined;
}

const ROOMS = 2;
/** Interval of the commands of each native client, and the maximum that wait for an answer. */
const SENDING_MS = 40;
const IN_FLIGHT_MAX = 4;
/** Chance that a client of another dialect sends in an interval. */
const SAYING = 0.1;
/** Time before the next fault. */
const PAUSE_MS = 700;

export async function runFaults(options: FaultsRunOptions): Promise<FaultsRunReport> {
  const { durationMs, seed, say = () => {}, ...clusterOptions } = options;
  const random = seededRandom(seed);
  const report = { faults: [] as Fault[], rounds: 0, injected: 0, acknowledged: 0, acts: 0 };
  let keptIn: string | undefined;
  const cluster = await FaultyCluster.start(clusterOptions);
  try {
    // The first account is the owner of the server.
    const operator = await openAccount(urlOf(cluster, 0), 'olga');
    const endsAtMs = performance.now() + durationMs;
    do {
      await cluster.renewStandby();
      const round = new Round({
        ...{ cluster, operator, random, say },
        name: `round-${report.rounds}`,
      });
      report.faults.push(...(await round.run()));
      if (report.faults.length > 0) keptIn = round.keep();
      report.rounds += 1;
      report.injected += round.injected;
      report.acknowledged += round.acknowledged;
      report.acts += round.acts;
    } while (performance.now() < endsAtMs && report.faults.length === 0);
  } finally {
    await cluster.close();
  }
  return { ...report, keptIn };
}

interface RoundOptions {
  readonly name: string;
  readonly cluster: FaultyCluster;
  readonly operator: Account;
  readonly random: Random;
  readonly say: (line: string) => void;
}

class Round {
  readonly #options: RoundOptions;
  readonly #history: HistoryEntry[] = [];
  readonly #injections: { readonly atMs: number; readonly injection: string }[] = [];
  readonly #traffic: Traffic;
  #peers: readonly NativePeer[] = [];
  #others: readonly DialectClient[] = [];
  #guests: readonly NativePeer[] = [];
  injected = 0;
  acts = 0;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#traffic = new Traffic(options.random);
  }

  get acknowledged(): number {
    return this.#history.filter(({ type }) => type === 'ack').length;
  }

  async run(): Promise<Fault[]> {
    const { cluster, name } = this.#options;
    // Of their own: what they had before the round is not in its history.
    const accounts = await openAccounts(urlOf(cluster, 0), `-${name}`);
    const roomNames = Array.from({ length: ROOMS }, (_, index) => `${name}-${index}`);
    const url = (index: number) => urlOf(cluster, index);
    try {
      this.#peers = await openPeers(url, accounts, roomNames, this.#history);
      this.#others = await this.#openOthers(accounts);
      const guest = await openAccount(url(0), `eve-${name}`);
      this.#guests = await openPeers(() => url(1), [guest], roomNames, this.#history);
      const acts = this.#actsOf(accounts, guest);
      await this.#injectAll(acts);
      await acts.confirm();
      this.acts = acts.count;
      await this.#showAll(accounts);
      return [
        ...checkHistory(this.#history),
        ...this.#others.flatMap((client) => client.judge(this.#history)),
      ];
    } finally {
      for (const peer of [...this.#peers, ...this.#guests]) peer.stop();
      for (const client of this.#others) client.close();
    }
  }

  /** Writes the history and the injections to a file of JSON lines, in the order of their times. */
  keep(): string {
    const directory = process.env['PARLEY_TEST_EVIDENCE'] ?? tmpdir();
    const path = join(directory, `parley-history-${this.#options.name}-${process.pid}.jsonl`);
    const entries = [...this.#history, ...this.#injections].sort((a, b) => a.atMs - b.atMs);
    writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return path;
  }

  /** On each node a client of each further dialect, in the first room and in a direct room. */
  async #openOthers(accounts: readonly Account[]): Promise<DialectClient[]> {
    const { cluster } = this.#options;
    const [ann, ben] = accounts;
    const [peer, partner] = this.#peers;
    const [roomId] = peer?.rooms.keys() ?? [];
    if (!ann || !ben || !peer || !partner || !roomId) throw new Error('There are two users');
    const record = (entry: HistoryEntry) => void this.#history.push(entry);
    const directId = await beginConversation(urlOf(cluster, 0), ann, ben.userId);
    for (const each of [peer, partner]) {
      await each.until('the conversation', () => each.rooms.has(directId));
    }
    const clients: DialectClient[] = [];
    for (const [index, { url }] of cluster.nodes.entries()) {
      const [account, recipient] = index % 2 === 0 ? [ann, ben] : [ben, ann];
      const options = { url, account, roomId, record };
      clients.push(
        await openChannel(options),
        await openSocketIo({ ...options, transport: 'websocket' }),
        await openSocketIo({ ...options, transport: 'polling' }),
        await openConversation({ ...options, roomId: directId, recipientId: recipient.userId }),
      );
    }
    return clients;
  }

  /** The guest is disabled; the users of the peers are members of the further rooms. */
  #actsOf(accounts: readonly Account[], guest: Account): RoomActs {
    const { cluster, operator, random } = this.#options;
    const members = accounts.flatMap((account, index) => {
      const peer = this.#peers[index];
      return peer === undefined ? [] : [{ account, peer }];
    });
    return new RoomActs({ cluster, operator, guest, members, random, history: this.#history });
  }

  async #injectAll(acts: RoomActs): Promise<void> {
    const { cluster, random, say, name } = this.#options;
    const talking = setInterval(() => this.#talk(), SENDING_MS);
    const acting = acts.run();
    acting.catch(() => {}); // Awaited below.
    try {
      for (const [fault, inject] of shuffled(injectionsOf(cluster), random)) {
        await wait(PAUSE_MS);
        say(`${name}: ${fault}`);
        const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)];
        const injection = `${fault} ${node?.url}`;
        this.#injections.push({ atMs: Date.now(), injection: `begins: ${injection}` });
        if (node !== undefined) await inject(node);
        this.#injections.push({ atMs: Date.now(), injection: `ends: ${injection}` });
        this.injected += 1;
      }
      await wait(PAUSE_MS);
      await acting;
    } finally {
      clearInterval(talking);
    }
  }

  #talk(): void {
    for (const peer of [...this.#peers, ...this.#guests]) {
      if (peer.rooms.size > 0 && peer.inFlight < IN_FLIGHT_MAX) peer.send(this.#traffic.next(peer));
    }
    for (const client of this.#others) {
      if (client.pending === '' && this.#options.random() < SAYING) client.say();
    }
  }

  /** Waits until everything is answered and has arrived everywhere. */
  async #showAll(accounts: readonly Account[]): Promise<void> {
    for (const peer of this.#peers) {
      await peer.until('its answers', () => peer.isIdle && peer.isWhole);
    }
    const pending = () =>
      this.#others
        .map((client) => client.pending)
        .join(' ')
        .trim();
    await until(() => pending() === '', 'the other dialects').catch((error) => {
      throw new Error(pending(), { cause: error });
    });
    await settle(this.#peers);
    await showAll(this.#peers, accounts[0], urlOf(this.#options.cluster, 0), this.#history);
    await until(
      () =>
        this.#others.every((client) =>
          client.judge(this.#history).every(({ kind }) => kind !== 'hole'),
        ),
      'the messages in the other dialects',
    ).catch(() => {}); // Its judgment says what is missing.
  }
}

function urlOf({ nodes }: FaultyCluster, index: number): string {
  return nodes[index % nodes.length]?.url ?? '';
}

function shuffled<T>(table: Readonly<Record<string, T>>, random: Random): [string, T][] {
  return Object.entries(table)
    .map((entry) => ({ entry, key: random() }))
    .sort((one, other) => one.key - other.key)
    .map(({ entry }) => entry);
}
