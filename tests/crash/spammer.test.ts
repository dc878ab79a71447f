/**
 * All messages of a spammer are removed while others write: theirs stay, in their order, and their
 * acknowledgements keep coming. A server that is killed in the middle continues after its start.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { AckEntry, HeldMessage, HistoryEntry } from '../checker/history.ts';
import { openWebSocketPeer } from '../checker/native/web-socket-peer.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';

const isNight = repetitions(0, 1) === 1;
const SPAM = isNight ? 10_000 : 2000;
const ROOM_NAMES = ['market', 'lobby'];
/** The spammer sends so many, and then waits for the answers. */
const SENT_TOGETHER = 250;
/** The server is killed when so many deletions were seen; many more are on their way then. */
const KILLED_AFTER = SPAM / 40;
/** While as many deletions pass as this part of those after the kill, every writer gets acknowledgements. */
const PARTS = 5;
/** A writer sends its next message after as many events, so that most messages are the spammer's. */
const EVENTS_BETWEEN = 25;

test(`${SPAM} messages of a spammer, on SQLite`, () => removeSpam({}));

// With each change, the contract of the stores has the deletions there.
if (isNight) {
  test(`${SPAM} messages of a spammer, on PostgreSQL`, { skip: postgresSkip() }, async () => {
    const databases = await TestDatabases.open();
    try {
      await removeSpam({ DATABASE_URL: await databases.create() });
    } finally {
      await databases.close();
    }
  });
}

async function removeSpam(store: Readonly<Record<string, string>>): Promise<void> {
  const settings = {
    ...{ PORT: await findFreePort(), DATA_DIR: temporaryDirectory(), DURABILITY: 'relaxed' },
    ...{ MESSAGE_RATE_MAX: '0', FIRST_ACCOUNT: 'owner', ...store },
  };
  const server = await ParleyProcess.start(settings);
  const { url } = server;
  const owner = await Account.signUp(url, 'olivia');
  const spammer = await Account.signUp(url, 'spammer');
  const writers = [
    new Writer(url, await Account.signUp(url, 'ann')),
    new Writer(url, await Account.signUp(url, 'ben')),
  ] as const;
  for (const writer of writers) await writer.open(ROOM_NAMES);
  await spam(spammer);

  await owner.must('POST', `/api/admin/users/${spammer.userId}/purge`, {});
  const [observer] = writers;
  await until(() => observer.deletions >= KILLED_AFTER, 'the deletions before the kill');
  await server.kill();
  const killedAt = observer.deletions;
  assert.ok(killedAt < (3 * SPAM) / 4, `the kill is in the middle, not after ${killedAt}`);
  const restarted = await ParleyProcess.start(settings);
  const step = Math.floor((SPAM - killedAt) / PARTS);
  // From what was seen: several deletions may arrive together.
  while (observer.deletions + step <= SPAM) {
    const before = writers.map(({ acknowledged }) => acknowledged.length);
    const end = observer.deletions + step;
    await until(() => observer.deletions >= end, `deletion ${end}`);
    for (const [index, { acknowledged }] of writers.entries()) {
      assert.ok(acknowledged.length > (before[index] ?? 0), `${end}: no acknowledgement`);
    }
  }
  await until(() => observer.deletions === SPAM, 'all deletions');
  for (const writer of writers) await writer.finish();

  for (const [roomId, messages] of await observer.readAll()) {
    const of = (userId: string) => messages.filter((message) => message.userId === userId);
    assert.equal(of(spammer.userId).length, SPAM / ROOM_NAMES.length);
    assert.ok(of(spammer.userId).every(({ deleted, content }) => deleted && content === ''));
    for (const { userId, acknowledged } of writers) {
      assert.deepEqual(
        of(userId).map(({ id, sequence, content, deleted }) => [id, sequence, content, deleted]),
        acknowledged
          .filter((entry) => entry.roomId === roomId)
          .map(({ messageId, sequence, clientMessageId }) => {
            return [messageId, sequence, clientMessageId, false];
          }),
      );
    }
  }
  for (const { stop } of writers) stop();
  await restarted.kill();
}

async function spam(account: Account): Promise<void> {
  const socket = await account.connect();
  const roomIds: string[] = [];
  for (const roomName of ROOM_NAMES) roomIds.push((await socket.joinRoom({ roomName })).roomId);
  for (let sent = 0; sent < SPAM; sent += SENT_TOGETHER) {
    const some = Array.from({ length: SENT_TOGETHER }, (_, index) =>
      socket.sendMessage({
        roomId: roomIds[(sent + index) % roomIds.length],
        ...{ content: `spam ${sent + index}`, clientMessageId: `spam ${sent + index}` },
      }),
    );
    await Promise.all(some);
  }
  socket.terminate();
}

/** Sends a message after the last one is acknowledged and some events have come, to the rooms in turn. */
class Writer {
  readonly userId: string;
  readonly acknowledged: AckEntry[] = [];
  readonly #peer: ReturnType<typeof openWebSocketPeer>;
  readonly #deleted = new Set<string>();
  readonly #read = new Map<string, readonly HeldMessage[]>();
  #roomIds: readonly string[] = [];
  #sent = 0;
  #eventsSince = 0;
  #isFinished = false;

  constructor(url: string, { username: name, userId, token }: Account) {
    this.userId = userId;
    const record = (entry: HistoryEntry): void => this.#take(entry);
    this.#peer = openWebSocketPeer({ name, userId, token, url, record });
  }

  /** Number of messages whose deletion this client has seen. */
  get deletions(): number {
    return this.#deleted.size;
  }

  async open(roomNames: readonly string[]): Promise<void> {
    const roomIds: string[] = [];
    for (const roomName of roomNames) roomIds.push(await this.#peer.join(roomName));
    this.#roomIds = roomIds;
    this.#send();
  }

  async finish(): Promise<void> {
    this.#isFinished = true;
    await this.#peer.until('its answers', () => this.#peer.isIdle);
  }

  /** All messages of each room. */
  async readAll(): Promise<ReadonlyMap<string, readonly HeldMessage[]>> {
    for (const roomId of this.#roomIds) await this.#peer.fetch(roomId);
    return this.#read;
  }

  stop = (): void => this.#peer.stop();

  #send(): void {
    const roomId = this.#roomIds[this.#sent % this.#roomIds.length] ?? '';
    this.#sent += 1;
    this.#eventsSince = 0;
    const content = `${this.userId} ${this.#sent}`;
    this.#peer.send({ kind: 'message', roomId, clientMessageId: content, content });
  }

  #take(entry: HistoryEntry): void {
    if (entry.type === 'fetched') this.#read.set(entry.roomId, entry.messages);
    if (entry.type === 'ack') this.acknowledged.push(entry);
    const events =
      entry.type === 'delivery' ? [entry.event] : entry.type === 'snapshot' ? entry.events : [];
    this.#eventsSince += events.length;
    for (const { kind, messageId } of events) {
      if (kind === 'delete' && messageId !== undefined) this.#deleted.add(messageId);
    }
    const isDue = this.#eventsSince >= EVENTS_BETWEEN && this.acknowledged.length === this.#sent;
    if (isDue && !this.#isFinished) this.#send();
  }
}
