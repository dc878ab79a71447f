/**
 * Kills a real server, or its database, under traffic and restarts it, round after
 * round, while real clients continue; SQLite's writer thread dies between commits and
 * their answers; now and then the server starts from a copy of its database. Then the
 * checker judges what the clients have seen.
 */

import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { checkHistory, type Fault } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { Traffic } from '../checker/traffic.ts';
import { openAccounts, openPeers, showAll, talk } from './clients.ts';
import { Machine, type StoreKind } from './machine.ts';

export interface CrashRunOptions {
  readonly rounds: number;
  readonly seed: number;
  /** PostgreSQL is killed as often as the server. */
  readonly store: StoreKind;
  readonly say?: (line: string) => void;
}

interface CrashRunReport {
  readonly faults: readonly Fault[];
  /** Kills of the server and of PostgreSQL. */
  readonly kills: number;
  /** Those of PostgreSQL. */
  readonly storeKills: number;
  /** Deaths of SQLite's writer thread. */
  readonly writerDeaths: number;
  /** Starts from a copy. */
  readonly restores: number;
  readonly acknowledged: number;
  readonly entries: number;
}

const ROOMS_PER_ROUND = 2;
/** Maximum acknowledgements of all users together between two kills. */
const ACKNOWLEDGED_MAX = 200;
/** Before the first kill of a round, so that each run means something. */
const FIRST_ACKNOWLEDGED_MIN = 51;
/** The first of so many rounds continues on a copy of the database. */
const RESTORE_EVERY = 3;
/** The second kill hits clients that are about to catch up. */
const KILLS_PER_ROUND = 2;

export async function runCrashes(options: CrashRunOptions): Promise<CrashRunReport> {
  // The traffic, whose draws depend on time, does not change the kills.
  const random = seededRandom(options.seed);
  const trafficRandom = seededRandom(options.seed);
  const machine = await Machine.start(options.store);
  const report = { faults: [] as Fault[], restores: 0, acknowledged: 0, entries: 0 };
  try {
    const { url } = machine;
    const accounts = await openAccounts(url);
    for (let round = 0; round < options.rounds; round += 1) {
      const history: HistoryEntry[] = [];
      const roomNames = range(ROOMS_PER_ROUND).map((index) => `round-${round}-${index}`);
      const peers = await openPeers(() => url, accounts, roomNames, history);
      try {
        const traffic = new Traffic(trafficRandom);
        for (let kill = 0; kill < KILLS_PER_ROUND; kill += 1) {
          const least = kill === 0 ? FIRST_ACKNOWLEDGED_MIN : 1;
          const count = least + Math.floor(random() * (ACKNOWLEDGED_MAX - least + 1));
          await talk(peers, traffic, count);
          await machine.crash(random());
        }
        if (round % RESTORE_EVERY === 0) {
          await goBack(machine, peers, traffic, history);
          await talk(peers, traffic, 1 + Math.floor(random() * ACKNOWLEDGED_MAX));
          report.restores += 1;
        }
        await showAll(peers, accounts[0], url, history);
      } finally {
        for (const peer of peers) peer.stop();
      }
      const faults = checkHistory(history);
      report.faults.push(...faults);
      report.entries += history.length;
      report.acknowledged += history.filter(({ type }) => type === 'ack').length;
      options.say?.(`round ${round + 1}: ${history.length} entries, ${faults.length} faults`);
    }
    const { storeKills, writerDeaths } = machine;
    return { ...report, kills: options.rounds * KILLS_PER_ROUND, storeKills, writerDeaths };
  } finally {
    await machine.remove();
  }
}

/**
 * Makes a copy under traffic, lets the clients continue, and starts from the copy.
 * Everything acknowledged before the copy began is in it; later entries are removed from
 * the history except the attempts, which the copy may contain.
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

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
