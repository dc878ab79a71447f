/**
 * Fills the disk of a real server under traffic, round after round, while real clients
 * continue. In one half of a round space is freed, and the server has to recover
 * automatically; in the other it is killed meanwhile, and restarted. Then the checker
 * judges what the clients have seen, and again after another kill.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type Random, seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { FetchedEntry, HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { findFreePort } from '../support/parley-process.ts';
import { type DiskKind, openSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import {
  type Account,
  fetchAll,
  openAccounts,
  openPeers,
  showAll,
  talk,
  talkUntil,
} from './clients.ts';
import { Observer } from './observer.ts';

interface DiskRunOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly disk: DiskKind;
  readonly say?: (line: string) => void;
}

interface DiskRunReport {
  readonly faults: readonly Fault[];
  /** Starts on the full disk that the server rejected. */
  readonly rejectedStarts: number;
  /** Commands that were answered `UNAVAILABLE`. */
  readonly rejections: number;
  readonly acknowledged: number;
  readonly entries: number;
}

/** More than a round stores, including its write-ahead log. */
const DISK_BYTES = 32 * 1024 * 1024;
const ROOMS = ['one', 'other'];
const ACKNOWLEDGED_MAX = 100;
const REJECTIONS = 50;
/** The limit at which a disk is full varies by some bytes. */
const LEFT_BYTES_MAX = 128 * 1024;

/** A start without free space prints one line, and no stack. */
export const REJECTED_START = /^The server ended with 1 before it was ready:\n[^\n]+\n$/;

interface DiskRunContext {
  readonly disk: SmallDisk;
  readonly url: string;
  readonly accounts: readonly Account[];
  readonly random: Random;
  readonly start: () => Promise<string>;
}

type RoundReport = Pick<DiskRunReport, 'faults' | 'rejectedStarts'> & {
  readonly history: readonly HistoryEntry[];
};

/** Each round begins with a new disk, and its own seed: the run's plus the round's number. */
export async function runFullDisk({
  rounds,
  seed,
  disk: kind,
  say,
}: DiskRunOptions): Promise<DiskRunReport> {
  const played: RoundReport[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const disk = await openSmallDisk(kind, DISK_BYTES);
    try {
      played.push(await playRound(disk, seededRandom(seed + round)));
    } finally {
      await disk.remove();
    }
    const { history = [], faults = [] } = played.at(-1) ?? {};
    say?.(`seed ${seed + round}: ${history.length} entries, ${faults.length} faults`);
  }
  const entries = played.flatMap(({ history }) => history);
  return {
    faults: played.flatMap(({ faults }) => faults),
    rejectedStarts: played.reduce((sum, round) => sum + round.rejectedStarts, 0),
    rejections: entries.filter(isRejection).length,
    acknowledged: entries.filter(({ type }) => type === 'ack').length,
    entries: entries.length,
  };
}

async function playRound(disk: SmallDisk, random: Random): Promise<RoundReport> {
  const settings = {
    PORT: await findFreePort(),
    MESSAGE_RATE_MAX: '0',
    LOG_LEVEL: 'silent',
    DISK_RESERVE_BYTES: '0',
  };
  const start = () => disk.start(settings);
  const url = await start();
  const accounts = await openAccounts(url);
  const place = { disk, url, accounts, random, start };
  const history: HistoryEntry[] = [];
  const peers = await openPeers(() => url, accounts, ROOMS, history);
  const observer = await Observer.open(url, 'observers', await openAccounts(url, '-observing'));
  try {
    const traffic = new Traffic(random);
    await fillInTraffic(place, peers, traffic, history);
    // Commands sent meanwhile use the space that copying the log frees.
    await talkWhile(peers, traffic, observer.seeFullDisk());
    disk.free();
    await observer.seeRecovery();
    await fillInTraffic(place, peers, traffic, history);
    observer.leave();
    await disk.kill();
    const rejectedStarts = await startOnFullDisk(place);
    disk.free();
    await talk(peers, traffic, draw(random, ACKNOWLEDGED_MAX));
    await showAll(peers, accounts[0], url, history);
    for (const peer of peers) peer.stop();
    const again = await fetchAfterKill(place, peers, history);
    const faults = [...checkHistory(history), ...checkHistory(again), ...compare(history, again)];
    return { history, faults, rejectedStarts };
  } finally {
    observer.leave();
    for (const peer of peers) peer.stop();
  }
}

/** Until all commands of all clients are rejected. */
async function fillInTraffic(
  { disk, random }: DiskRunContext,
  peers: readonly NativePeer[],
  traffic: Traffic,
  history: readonly HistoryEntry[],
): Promise<void> {
  await talk(peers, traffic, draw(random, ACKNOWLEDGED_MAX));
  disk.fill(draw(random, LEFT_BYTES_MAX));
  let seen = history.length;
  let rejected = 0;
  await talkUntil(peers, traffic, () => {
    rejected += history.slice(seen).filter(isRejection).length;
    seen = history.length;
    return rejected >= REJECTIONS;
  });
}

async function talkWhile(
  peers: readonly NativePeer[],
  traffic: Traffic,
  other: Promise<void>,
): Promise<void> {
  let isOver = false;
  const over = other.finally(() => {
    isOver = true;
  });
  await Promise.all([over, talkUntil(peers, traffic, () => isOver)]);
}

/** Returns the number of rejected starts: one, or none if there was enough space to start. */
async function startOnFullDisk({ disk, start }: DiskRunContext): Promise<number> {
  try {
    await start();
    return 0;
  } catch (error) {
    assert.match((error as Error).message, REJECTED_START);
  }
  disk.free();
  await start();
  return 1;
}

/** The same history, but with the rooms as they are after another kill. */
async function fetchAfterKill(
  { disk, start, url, accounts }: DiskRunContext,
  peers: readonly NativePeer[],
  history: readonly HistoryEntry[],
): Promise<HistoryEntry[]> {
  const again = history.filter(({ type }) => type !== 'fetched');
  await disk.kill();
  await start();
  await fetchAll(peers[0], accounts[0], url, again);
  return again;
}

function* compare(
  history: readonly HistoryEntry[],
  again: readonly HistoryEntry[],
): Iterable<Fault> {
  const before = fetchedIn(history);
  for (const [index, room] of fetchedIn(again).entries()) {
    if (isDeepStrictEqual(room, before[index])) continue;
    yield { kind: 'wrong_state', roomId: room.roomId, text: 'the log is another one after a kill' };
  }
}

function fetchedIn(history: readonly HistoryEntry[]): Omit<FetchedEntry, 'atMs'>[] {
  return history
    .filter((entry) => entry.type === 'fetched')
    .map(({ type, roomId, headSequence, messages }) => ({ type, roomId, headSequence, messages }));
}

function isRejection(entry: HistoryEntry): boolean {
  return entry.type === 'refusal' && entry.code === 'UNAVAILABLE';
}

/** From 1 to `max`. */
function draw(random: Random, max: number): number {
  return 1 + Math.floor(random() * max);
}
