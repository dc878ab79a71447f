/**
 * Acts of owners on their rooms while people write there and parts of the cluster fail: members are removed
 * and return, rooms are archived and restored, and deleted, and an account is disabled. Each act is
 * recorded when it is acknowledged; afterwards, the users concerned try to write and to read on every node.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../packages/server/test/support/seeded-random.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { HeldMessage, HistoryEntry } from '../checker/history.ts';
import { type MessagePayload, toHeldMessage } from '../checker/native/held-room.ts';
import type { NativePeer } from '../checker/native/native-peer.ts';
import type { Account } from '../crash/clients.ts';
import type { FaultyCluster } from './faulty-cluster.ts';

interface Member {
  readonly account: Account;
  readonly peer: NativePeer;
}

interface RoomActsOptions {
  readonly cluster: FaultyCluster;
  /** The owner of the server. */
  readonly operator: Account;
  /** The user who is disabled. */
  readonly guest: Account;
  /** The first owns the rooms. */
  readonly members: readonly Member[];
  readonly random: Random;
  /** Of all clients. */
  readonly history: HistoryEntry[];
}

/** The ends of the lives of the rooms. */
const ENDS = ['kept', 'archived and deleted', 'deleted'] as const;
/** Events between two acts. */
const EVENTS_BETWEEN = 25;
const RETRY_MS = 100;
/** Longer than a fault: then the answer is lost. */
const ANSWER_MS = 5000;
const PAGE = 200;

export class RoomActs {
  readonly #options: RoomActsOptions;
  readonly #deleted: string[] = [];
  #attempts = 0;
  /** Acts that were acknowledged. */
  count = 0;

  constructor(options: RoomActsOptions) {
    this.#options = options;
  }

  /** The lives of three rooms at once. Each act is done once: a late copy of a request undoes nothing. */
  async run(): Promise<void> {
    await Promise.all([...ENDS.map((end) => this.#live(end)), this.#disableGuest()]);
  }

  /** Everything works again: nothing of the deleted rooms is shown on any node, and their rows go. */
  async confirm(): Promise<void> {
    const { cluster, members, operator } = this.#options;
    const deleted = this.#deleted;
    for (const { peer } of members) {
      const areClosed = () => deleted.every((roomId) => !peer.rooms.has(roomId));
      await peer.until('the deleted rooms to close', areClosed);
    }
    const accounts = [operator, ...members.map(({ account }) => account)];
    await this.#tryAll(accounts, deleted);
    // A deletion that was interrupted goes on with a start.
    const [node] = cluster.nodes;
    await node?.kill();
    await node?.start();
    const areGone = async () => (await cluster.countRooms(deleted)) === 0;
    await until(areGone, 'the rows of deleted rooms to go');
  }

  async #live(end: (typeof ENDS)[number]): Promise<void> {
    const { members } = this.#options;
    const accounts = members.map(({ account }) => account);
    const [owner] = members;
    if (owner === undefined) throw new Error('There are members');
    const made = { name: `room that is ${end}`, visibility: 'private' };
    const { room } = await this.#must<{ room: { id: string } }>(
      owner.account,
      'POST',
      '/api/rooms',
      {
        body: made,
      },
    );
    const { id: roomId } = room;
    const path = `/api/rooms/${roomId}`;
    for (const member of members) await this.#admit(owner, member, roomId);

    await this.#talk(owner, roomId);
    await this.#removeForAWhile(owner, roomId);
    await this.#talk(owner, roomId);
    if (end !== 'deleted') {
      await this.#must(owner.account, 'POST', `${path}/archive`);
      const atMs = this.#acknowledged();
      const messages = await this.#readAll(owner, roomId);
      const lastSequence = messages.at(-1)?.sequence ?? 0;
      this.#record({ atMs, type: 'archived', roomId, lastSequence });
      await this.#tryAll(accounts, [roomId]);
      if (end === 'kept') {
        this.#record({ atMs: Date.now(), type: 'restored', roomId });
        await this.#must(owner.account, 'POST', `${path}/unarchive`);
        this.count += 1;
        await this.#talk(owner, roomId);
        return;
      }
      // The complete room. Its head is not known: the last events may be no messages.
      const headSequence = Number.POSITIVE_INFINITY;
      this.#record({ atMs, type: 'fetched', roomId, headSequence, messages });
    }
    await this.#must(owner.account, 'DELETE', path, { done: [404] });
    this.#record({ atMs: this.#acknowledged(), type: 'deleted', roomId });
    this.#deleted.push(roomId);
    await this.#tryAll(accounts, [roomId]);
  }

  async #removeForAWhile(owner: Member, roomId: string): Promise<void> {
    const { members, random, history } = this.#options;
    const member = members[1 + Math.floor(random() * (members.length - 1))];
    if (member === undefined) throw new Error('There are other members');
    const { account, peer } = member;
    const { userId } = account;
    const since = history.length;
    await this.#must(owner.account, 'DELETE', `/api/rooms/${roomId}/members/${userId}`, {
      done: [404],
    });
    const atMs = this.#acknowledged();
    await this.#tryAll([account], [roomId]);
    await this.#talk(owner, roomId);
    await peer.until('the room to close', () => !peer.rooms.has(roomId));
    let sequence: number | undefined;
    const isTold = () => {
      sequence ??= lossIn(history.slice(since), { userId, roomId });
      return sequence !== undefined;
    };
    await owner.peer.until('the removal', isTold);
    const loss = { userId, roomId, sequence: sequence ?? 0 };
    this.#record({ atMs, type: 'access_lost', ...loss });
    const position = owner.peer.rooms.get(roomId)?.position ?? loss.sequence;
    const regained = { atMs: Date.now(), type: 'access_regained', userId, roomId } as const;
    this.#record({ ...regained, sequence: position });
    await this.#admit(owner, member, roomId);
  }

  async #admit(owner: Member, { account, peer }: Member, roomId: string): Promise<void> {
    if (account !== owner.account) {
      await this.#must(owner.account, 'PUT', `/api/rooms/${roomId}/members/${account.userId}`, {
        body: {},
      });
      // Members who were removed are asked.
      await this.#must(account, 'POST', `/api/invitations/${roomId}/accept`, { done: [404] });
    }
    peer.open(roomId);
    await peer.until('the room', () => peer.rooms.has(roomId));
  }

  async #disableGuest(): Promise<void> {
    const { operator, guest } = this.#options;
    await this.#must(operator, 'POST', `/api/admin/users/${guest.userId}/disable`, { body: {} });
    this.#record({ atMs: this.#acknowledged(), type: 'account_disabled', userId: guest.userId });
  }

  /** Waits until this many events more are in the room. */
  async #talk({ peer }: Member, roomId: string): Promise<void> {
    const position = () => peer.rooms.get(roomId)?.position ?? 0;
    const enough = position() + EVENTS_BETWEEN;
    await peer.until('the talk', () => position() >= enough);
  }

  /** Counts an act; returns the time. */
  #acknowledged(): number {
    this.count += 1;
    return Date.now();
  }

  async #tryAll(accounts: readonly Account[], roomIds: readonly string[]): Promise<void> {
    const { nodes } = this.#options.cluster;
    const attempts = accounts.flatMap((account) =>
      roomIds.flatMap((roomId) =>
        nodes.flatMap(({ url }) => {
          const place = { connection: `${account.name} by HTTP`, userId: account.userId, roomId };
          return [this.#tryToWrite(url, account, place), this.#tryToRead(url, account, place)];
        }),
      ),
    );
    await Promise.all(attempts);
  }

  async #tryToWrite(url: string, account: Account, place: Place): Promise<void> {
    this.#attempts += 1;
    const clientMessageId = `${account.userId}-attempt-${this.#attempts}`;
    const content = `text ${clientMessageId}`;
    const entry = { ...place, clientMessageId };
    this.#record({ atMs: Date.now(), ...entry, type: 'send', kind: 'message', content });
    const body = { roomId: place.roomId, content, clientMessageId };
    const { status, answer } = await request(url, account, 'POST', '/api/messages', body);
    if (status === 0) return;
    const atMs = Date.now();
    const { error, message, duplicate } = answer as {
      readonly error?: { readonly code: string };
      readonly message: { readonly id: string; readonly sequence: number };
      readonly duplicate: boolean;
    };
    if (error !== undefined) this.#record({ atMs, ...entry, type: 'refusal', code: error.code });
    else {
      const { id: messageId, sequence } = message;
      this.#record({ atMs, ...entry, type: 'ack', messageId, sequence, duplicate });
    }
  }

  async #tryToRead(url: string, account: Account, place: Place): Promise<void> {
    const { roomId } = place;
    for (const path of [`/api/rooms/${roomId}/messages`, `/api/search?q=text&room=${roomId}`]) {
      const atMs = Date.now();
      const { answer } = await request(url, account, 'GET', path);
      const { messages = [], results = [] } = answer as {
        readonly messages?: readonly MessagePayload[];
        readonly results?: readonly { readonly message: MessagePayload }[];
      };
      const found = [...messages, ...results.map(({ message }) => message)];
      const sequences = found.map(({ sequence }) => sequence);
      this.#record({ atMs, ...place, type: 'read', sequences });
    }
  }

  async #readAll({ account }: Member, roomId: string): Promise<HeldMessage[]> {
    let messages: HeldMessage[] = [];
    for (let hasMore = true; hasMore; ) {
      const before = messages[0] === undefined ? '' : `&before=${messages[0].sequence}`;
      const path = `/api/rooms/${roomId}/messages?limit=${PAGE}${before}`;
      const page = await this.#must<Page>(account, 'GET', path);
      messages = [...page.messages.map(toHeldMessage), ...messages];
      ({ hasMore } = page);
    }
    return messages;
  }

  /**
   * Repeats a request, each time at another node, until it is answered.
   *
   * @param done Statuses that mean that an earlier attempt, whose answer was lost, has succeeded.
   */
  async #must<T>(
    account: Account,
    method: string,
    path: string,
    { body, done = [] }: { readonly body?: object; readonly done?: readonly number[] } = {},
  ): Promise<T> {
    const { cluster, random } = this.#options;
    let answered: Answer | undefined;
    const attempt = async (): Promise<boolean> => {
      const { url = '' } = cluster.nodes[Math.floor(random() * cluster.nodes.length)] ?? {};
      answered = await request(url, account, method, path, body);
      const { status } = answered;
      if (isOk(status) || done.includes(status)) return true;
      if (status !== 0 && status !== 429 && status < 500) {
        throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answered.answer)}`);
      }
      await wait(RETRY_MS);
      return false;
    };
    await until(attempt, `${method} ${path}`);
    // The caller knows the response of this path.
    return answered?.answer as T;
  }

  #record(entry: HistoryEntry): void {
    this.#options.history.push(entry);
  }
}

interface Place {
  readonly connection: string;
  readonly userId: string;
  readonly roomId: string;
}

interface Page {
  readonly messages: readonly MessagePayload[];
  readonly hasMore: boolean;
}

interface Answer {
  /** 0 without an answer. */
  readonly status: number;
  readonly answer: object;
}

const isOk = (status: number): boolean => status >= 200 && status < 300;

async function request(
  url: string,
  { token }: Account,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  try {
    const answer = await fetch(url + path, {
      ...{
        method,
        headers: body === undefined ? { authorization: headers.authorization } : headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: answer.status, answer: (await answer.json()) as object };
  } catch {
    return { status: 0, answer: {} };
  }
}

/** The position of the loss of access in the log of the room, as a client has received it. */
function lossIn(
  history: readonly HistoryEntry[],
  { userId, roomId }: { readonly userId: string; readonly roomId: string },
): number | undefined {
  for (const entry of history) {
    if (entry.type !== 'delivery' && entry.type !== 'snapshot') continue;
    const events = entry.type === 'delivery' ? [entry.event] : entry.events;
    const loss = events.find((event) => event.kind === 'access_lost' && event.userId === userId);
    if (entry.roomId === roomId && loss !== undefined) return loss.sequence;
  }
  return undefined;
}
