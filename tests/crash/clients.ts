/** Users of a crash test: real accounts, and clients that send, reconnect and record. */
import { postUntilAnswered } from '../../packages/server/test/support/account.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import type { Traffic } from '../checker/traffic.ts';

const PEOPLE = ['ann', 'ben', 'cleo', 'dan'];
/** Maximum unanswered commands per user. */
const IN_FLIGHT = 8;

export interface Account {
  readonly name: string;
  readonly userId: string;
  readonly token: string;
}

/** @param suffix Added to the names. */
export function openAccounts(url: string, suffix = ''): Promise<Account[]> {
  return Promise.all(PEOPLE.map((name) => openAccount(url, `${name}${suffix}`)));
}

export async function openAccount(url: string, name: string): Promise<Account> {
  const body = { username: name, password: 'correct horse' };
  // The name is taken if the answer to the first attempt was lost.
  await postUntilAnswered(`${url}/register`, body, [201, 409]);
  const response = await postUntilAnswered(`${url}/login`, body, [200]);
  const { user, token } = (await response.json()) as { user: { id: string }; token: string };
  return { name, userId: user.id, token };
}

/** A client for each user, with all the rooms open. @param urlOf The server of the n-th user. */
export async function openPeers(
  urlOf: (index: number) => string,
  accounts: readonly Account[],
  roomNames: readonly string[],
  history: HistoryEntry[],
): Promise<NativePeer[]> {
  const record = (entry: HistoryEntry) => void history.push(entry);
  const peers = accounts.map((account, index) =>
    openWebSocketPeer({ ...account, url: urlOf(index), record }),
  );
  for (const roomName of roomNames) {
    for (const peer of peers) await peer.join(roomName);
  }
  return peers;
}

/** All clients send as fast as the answers arrive, until this many commands are acknowledged. */
export async function talk(
  peers: readonly NativePeer[],
  traffic: Traffic,
  count: number,
): Promise<void> {
  const acknowledged = () => peers.reduce((sum, peer) => sum + peer.acknowledged, 0);
  const end = acknowledged() + count;
  await talkUntil(peers, traffic, () => acknowledged() >= end);
}

/** Commands still in flight then are hit by whatever the test does next. */
export async function talkUntil(
  peers: readonly NativePeer[],
  traffic: Traffic,
  isEnough: () => boolean,
): Promise<void> {
  const sendMore = (peer: NativePeer): boolean => {
    while (peer.inFlight < IN_FLIGHT) peer.send(traffic.next(peer));
    return isEnough();
  };
  await Promise.race(peers.map((peer) => peer.until('its talk', () => sendMore(peer))));
}

/** Waits until every client has every answer, and each of its rooms up to the same head. */
export async function settle(peers: readonly NativePeer[]): Promise<void> {
  for (const peer of peers) await peer.until('its answers', () => peer.isIdle);
  const heads = new Map<string, number>();
  for (const { rooms } of peers) {
    for (const [roomId, { position }] of rooms) {
      heads.set(roomId, Math.max(position, heads.get(roomId) ?? 0));
    }
  }
  for (const peer of peers) {
    await peer.until('the heads', () =>
      [...peer.rooms].every(([roomId, { position }]) => position >= (heads.get(roomId) ?? 0)),
    );
  }
}

/** Waits until everything has arrived; the history then gets what each client and a new one show. */
export async function showAll(
  peers: readonly NativePeer[],
  account: Account | undefined,
  url: string,
  history: HistoryEntry[],
): Promise<void> {
  await settle(peers);
  for (const peer of peers) {
    await peer.countUnread();
    peer.show();
  }
  await fetchAll(peers[0], account, url, history);
}

/** The rooms as a new client sees them. */
export async function fetchAll(
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
