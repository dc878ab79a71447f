/**
 * A real server, or its database, is killed in the middle of traffic and started
 * again, round after round, while real clients go on; SQLite's writing thread dies
 * between commits and their answers; now and then the server begins again from a
 * copy of its database. Then the checker judges what the clients have seen.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { seededRandom, Traffic } from '../checker/traffic.ts';
import { Machine, type StoreKind } from './machine.ts';

export interface CrashRunTerms {
  readonly rounds: number;
  readonly seed: number;
  /** With PostgreSQL, it is killed as often as the server is. */
  readonly store: StoreKind;
  readonly say?: (line: string) => void;
}

export interface CrashRunReport {
  readonly faults: readonly Fault[];
  /** Of the server and of PostgreSQL. */
  readonly kills: number;
  /** Of SQLite's writing thread. */
  readonly writerDeaths: number;
  /** Starts from a copy. */
  readonly restores: number;
  readonly acknowledged: number;
  readonly entries: number;
}

const PEOPLE = ['ann', 'ben', 'cleo', 'dan'];
const ROOMS_PER_ROUND = 2;
const BETWEEN_ATTEMPTS_MS = 100;
/** Commands of one person that may be without an answer. */
const IN_FLIGHT = 8;
/** Between two kills, at most so many acknowledgements of all people together. */
const ACKNOWLEDGED_MAX = 200;
/** Every so manieth round goes on from a copy of the database. */
const RESTORE_EVERY = 5;
/** The second kill meets clients that are about to catch up. */
const KILLS_PER_ROUND = 2;

interface Account {
  readonly name: string;
  readonly userId: string;
  readonly token: string;
}

export async function runCrashes(terms: CrashRunTerms): Promise<CrashRunReport> {
  const random = seededRandom(terms.seed);
  const machine = await Machine.start(terms.store);
  const report = { faults: [] as Fault[], kills: 0, restores: 0, acknowledged: 0, entries: 0 };
  try {
    const { url } = machine;
    const accounts = await Promise.all(PEOPLE.map((name) => openAccount(url, name)));
    for (let round = 0; round < terms.rounds; round += 1) {
      const history: HistoryEntry[] = [];
      const roomNames = range(ROOMS_PER_ROUND).map((index) => `round-${round}-${index}`);
      const peers = await openPeers(url, accounts, roomNames, history);
      try {
        const traffic = new Traffic(random);
        for (let kill = 0; kill < KILLS_PER_ROUND; kill += 1) {
          await talk(peers, traffic, 1 + Math.floor(random() * ACKNOWLEDGED_MAX));
          await machine.crash(random());
          report.kills += 1;
        }
        if (round % RESTORE_EVERY === RESTORE_EVERY - 1) {
          await goBack(machine, peers, traffic, history);
          await talk(peers, traffic, 1 + Math.floor(random() * ACKNOWLEDGED_MAX));
          report.restores += 1;
        }
        await settle(peers);
        for (const peer of peers) {
          await peer.countUnread();
          peer.show();
        }
        await fetchAll(peers[0], accounts[0], url, history);
      } finally {
        for (const peer of peers) peer.stop();
      }
      const faults = checkHistory(history);
      report.faults.push(...faults);
      report.entries += history.length;
      report.acknowledged += history.filter(({ type }) => type === 'ack').length;
      terms.say?.(`round ${round + 1}: ${history.length} entries, ${faults.length} faults`);
    }
    return { ...report, writerDeaths: machine.writerDeaths };
  } finally {
    await machine.remove();
  }
}

/**
 * Takes a copy while everybody talks, lets them talk on, and starts from the copy.
 * What was acknowledged before it was begun is in it; what came after is taken out
 * of the history but for the attempts, which the copy perhaps holds.
 */
async function goBack(
  machine: Machine,
  peers: readonly NativePeer[],
  traffic: Traffic,
  history: HistoryEntry[],
): Promise<void> {
  const epochs = epochsOf(peers);
  const begun = history.length;
  const [file] = await Promise.all([machine.copy(), talk(peers, traffic, ACKNOWLEDGED_MAX)]);
  await machine.kill();
  for (const peer of peers) await peer.until('its end', () => !peer.isConnected);
  const remains = history.splice(begun).filter(({ type }) => type === 'send' || type === 'closed');
  history.push(...remains);
  await machine.startFrom(file);
  for (const peer of peers) {
    await peer.until('another epoch', () =>
      [...peer.rooms.values()].every(({ epoch }) => !epochs.has(epoch)),
    );
  }
}

function epochsOf(peers: readonly NativePeer[]): ReadonlySet<unknown> {
  return new Set(peers.flatMap(({ rooms }) => [...rooms.values()].map(({ epoch }) => epoch)));
}

async function openAccount(url: string, name: string): Promise<Account> {
  const body = { username: name, password: 'correct horse' };
  // The name is taken where the answer to the first attempt was lost.
  await post(`${url}/register`, body, [201, 409]);
  const response = await post(`${url}/login`, body, [200]);
  const { user, token } = (await response.json()) as { user: { id: string }; token: string };
  return { name, userId: user.id, token };
}

/** Again while the server cannot tell. */
async function post(url: string, body: object, expected: readonly number[]): Promise<Response> {
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (expected.includes(response.status)) return response;
    if (response.status !== 503) throw new Error(`${url} answered ${response.status}`);
    await wait(BETWEEN_ATTEMPTS_MS);
  }
}

async function openPeers(
  url: string,
  accounts: readonly Account[],
  roomNames: readonly string[],
  history: HistoryEntry[],
): Promise<NativePeer[]> {
  const record = (entry: HistoryEntry) => void history.push(entry);
  const peers = accounts.map((account) => openWebSocketPeer({ ...account, url, record }));
  for (const roomName of roomNames) {
    for (const peer of peers) await peer.join(roomName);
  }
  return peers;
}

/** Everybody sends as fast as the answers come, until so many commands were acknowledged. */
async function talk(peers: readonly NativePeer[], traffic: Traffic, count: number): Promise<void> {
  const acknowledged = () => peers.reduce((sum, peer) => sum + peer.acknowledged, 0);
  const end = acknowledged() + count;
  const sendMore = (peer: NativePeer): boolean => {
    while (peer.inFlight < IN_FLIGHT) peer.send(traffic.next(peer));
    return acknowledged() >= end;
  };
  await Promise.race(peers.map((peer) => peer.until('its talk', () => sendMore(peer))));
  // What the others have in flight by now is what the kill meets.
}

/** Until everybody has every answer and holds every room up to the same head. */
async function settle(peers: readonly NativePeer[]): Promise<void> {
  for (const peer of peers) await peer.until('its answers', () => peer.isIdle);
  const heads = new Map<string, number>();
  for (const { rooms } of peers) {
    for (const [roomId, { position }] of rooms) {
      heads.set(roomId, Math.max(position, heads.get(roomId) ?? 0));
    }
  }
  for (const peer of peers) {
    await peer.until('the heads', () =>
      [...heads].every(([roomId, head]) => (peer.rooms.get(roomId)?.position ?? 0) >= head),
    );
  }
}

/** The rooms as somebody sees them who comes with nothing. */
async function fetchAll(
  peer: NativePeer | undefined,
  account: Account | undefined,
  url: string,
  history: HistoryEntry[],
): Promise<void> {
  if (peer === undefined || account === undefined) return;
  const record = (entry: HistoryEntry) => void history.push(entry);
  const fresh = openWebSocketPeer({ ...account, name: `${account.name}-fresh`, url, record });
  try {
    for (const roomId of peer.rooms.keys()) await fresh.fetch(roomId);
  } finally {
    fresh.stop();
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
