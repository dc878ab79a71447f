/** Unsent messages that several clients of one user share: tabs, and a restarted program. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ClientMessageId, MessageId, ServerFrames } from '@parley/protocol';
import { ChatClient } from '../../../src/core/chat-page-client.ts';
import type { PersistedOutbox, PersistOutbox } from '../../../src/core/outbox/outbox-storage.ts';
import {
  type EntryStore,
  type OwnedEntry,
  type RequestLock,
  sharedOutbox,
} from '../../../src/core/outbox/shared-outbox.ts';
import { createParley } from '../../../src/core/parley.ts';
import { fileOutbox } from '../../../src/node/file-outbox.ts';
import { LOBBY } from '../../fakes/builders.ts';
import { settle } from '../../fakes/fake-environment.ts';
import { NativeServer } from '../../fakes/scripted-native.ts';

/** The storage of a browser, and the locks of its tabs. */
class Browser {
  readonly entries = new Map<ClientMessageId, OwnedEntry>();
  /** Set to hold every write back until it is called. */
  release: (() => void) | undefined;
  isFull = false;
  closed = 0;
  #removals: Promise<void> | undefined;
  readonly #held = new Map<string, Tab>();
  #waiting: { readonly name: string; readonly tab: Tab; readonly work: () => Promise<void> }[] = [];

  readonly store: EntryStore = {
    readAll: () => Promise.resolve([...this.entries.values()]),
    put: async (entry) => {
      if (this.isFull) throw new Error('full');
      if (this.release !== undefined) {
        await new Promise<void>((resolve) => {
          this.release = resolve;
        });
      }
      this.entries.set(entry.clientMessageId, entry);
    },
    remove: async (id) => {
      await this.#removals;
      this.entries.delete(id);
    },
    close: () => {
      this.closed += 1;
    },
  };

  /** Removals wait until the returned function is called. */
  holdRemovals(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#removals = promise;
    return resolve;
  }

  /** Names of all tabs, and what each does about a new one. */
  readonly #owners = new Map<string, (owner: string) => void>();

  get owners(): number {
    return this.#owners.size;
  }

  announce(owner: string, onOther: (owner: string) => void): () => void {
    for (const [other, onNew] of this.#owners) {
      onNew(owner);
      onOther(other);
    }
    this.#owners.set(owner, onOther);
    return () => this.#owners.delete(owner);
  }

  async request(tab: Tab, name: string, work: () => Promise<void>): Promise<void> {
    if (this.#held.has(name)) {
      this.#waiting.push({ name, tab, work });
      return;
    }
    this.#held.set(name, tab);
    await work();
    // Not after a crash.
    if (this.#held.get(name) === tab) this.#free(name);
  }

  /** The tab crashed or was closed: its locks are free. */
  end(tab: Tab): void {
    this.#waiting = this.#waiting.filter((request) => request.tab !== tab);
    for (const [name, holder] of this.#held) if (holder === tab) this.#free(name);
  }

  #free(name: string): void {
    this.#held.delete(name);
    const next = this.#waiting.findIndex((request) => request.name === name);
    if (next < 0) return;
    const [request] = this.#waiting.splice(next, 1);
    if (request !== undefined) void this.request(request.tab, name, request.work);
  }
}

class Tab {
  static #count = 0;
  readonly server: NativeServer;
  readonly parley: ReturnType<typeof createParley>;
  readonly #browser: Browser;
  #persisted: PersistedOutbox | undefined;

  constructor(browser: Browser) {
    this.#browser = browser;
    Tab.#count += 1;
    const owner = `tab-${Tab.#count}`;
    const requestLock: RequestLock = (name, work) => browser.request(this, name, work);
    const persist = sharedOutbox({
      store: browser.store,
      requestLock,
      owner,
      announce: (...announced) => browser.announce(...announced),
    });
    const storage: PersistOutbox = (...dependencies) => {
      this.#persisted = persist(...dependencies);
      return this.#persisted;
    };
    ({ server: this.server, parley: this.parley } = start(storage));
    // Ids of a fake environment are the same in each.
    let ids = 0;
    Object.assign(this.server.environment, {
      newId: () => {
        ids += 1;
        return `${owner}-${ids}`;
      },
    });
    // Opens the storage; the server accepts the connection later.
    void this.parley.connect();
  }

  async connect(): Promise<void> {
    void this.parley.connect();
    this.server.accept();
    this.parley.client.openRoom(LOBBY);
    await this.flush();
  }

  async flush(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) {
      this.server.flush();
      await settle();
    }
  }

  sent(): string[] {
    return this.server.room('lobby').messages.map(({ content }) => content);
  }

  isDurable(id: ClientMessageId): boolean | undefined {
    return this.#persisted?.isDurable(id);
  }

  end(options: { readonly discard: boolean }): void {
    this.#persisted?.close(options);
  }

  crash(): void {
    this.#browser.end(this);
    this.parley.close();
  }
}

function start(storage: PersistOutbox) {
  const server = new NativeServer();
  server.room('lobby');
  const { environment } = server;
  return { server, parley: createParley({ url: 'http://server', storage, environment }) };
}

describe('a shared outbox', () => {
  test('sends a message after it is stored, and removes it when it is sent', async () => {
    const browser = new Browser();
    const tab = new Tab(browser);
    await tab.connect();
    browser.release = () => {};
    const { done } = tab.parley.room(LOBBY).send({ text: 'hello' });
    await tab.flush();
    assert.deepEqual(tab.sent(), []);

    const release = browser.release;
    browser.release = undefined;
    release();
    await tab.flush();
    await done;
    assert.deepEqual(tab.sent(), ['hello']);
    assert.equal(browser.entries.size, 0);
    tab.parley.close();
  });

  test('keeps the order and the ids of unsent messages over a crash', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await settle();
    const room = first.parley.room(LOBBY);
    const ids = ['one', 'two', 'three'].map((text) => {
      first.server.environment.advance(1);
      return room.send({ text }).id;
    });
    await settle();
    first.crash();

    const second = new Tab(browser);
    await settle();
    assert.deepEqual(
      second.parley.getSnapshot().outbox.map(({ clientMessageId }) => clientMessageId),
      ids,
    );
    await second.connect();
    assert.deepEqual(second.sent(), ['one', 'two', 'three']);
    assert.equal(browser.entries.size, 0);
    second.parley.close();
  });

  test('lets one tab send: another adopts the messages when the first has ended', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await settle();
    first.parley.room(LOBBY).send({ text: 'offline' });
    await settle();
    const [second, third] = [new Tab(browser), new Tab(browser)];
    await second.connect();
    await third.connect();
    assert.deepEqual([...second.sent(), ...third.sent()], []);

    first.crash();
    await settle();
    await second.flush();
    await third.flush();
    assert.deepEqual([...second.sent(), ...third.sent()], ['offline']);
    for (const { parley } of [second, third]) parley.close();
  });

  test('leaves its messages to another client when it ends, or discards those of all', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await settle();
    first.parley.room(LOBBY).send({ text: 'kept' });
    await settle();
    const second = new Tab(browser);
    await settle();
    first.end({ discard: false });
    await settle();
    const [kept] = second.parley.getSnapshot().outbox;
    assert.equal(kept?.content, 'kept');
    assert.equal(kept && second.isDurable(kept.clientMessageId), true);

    second.end({ discard: true });
    second.parley.room(LOBBY).send({ text: 'later' });
    await settle();
    assert.equal(browser.entries.size, 0);
    // Its own client still has it, until the page unloads.
    assert.equal(second.parley.getSnapshot().outbox[0], kept);
    assert.equal(kept && second.isDurable(kept.clientMessageId), false);
    for (const { parley } of [first, second]) parley.close();
  });

  test('leaves nothing to another tab while a logout removes it', async () => {
    const browser = new Browser();
    const other = new Tab(browser);
    await settle();
    const lock = new Tab(new Browser());
    const { environment } = new NativeServer();
    const leaving = new ChatClient({
      serverUrl: 'http://server',
      environment,
      persist: sharedOutbox({
        store: browser.store,
        owner: 'leaving',
        requestLock: (name, work) => browser.request(lock, name, work),
        announce: (...announced) => browser.announce(...announced),
      }),
    });
    leaving.connect();
    leaving.send(LOBBY, 'private');
    await settle();
    assert.equal(browser.entries.size, 1);

    const removal = browser.holdRemovals();
    leaving.end({ discardUnsent: true });
    await settle();
    removal();
    await settle();
    assert.deepEqual(other.parley.getSnapshot().outbox, []);
    assert.equal(browser.entries.size, 0);
    for (const { parley } of [other, lock]) parley.close();
  });

  test('closes with its client: another tab sends the messages, and it opens again', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await settle();
    const kept = first.parley.room(LOBBY).send({ text: 'kept' });
    await settle();
    first.parley.close();
    await assert.rejects(kept.done, { message: /kept in the storage/ });
    await settle();
    assert.equal(browser.closed, 1);

    const second = new Tab(browser);
    await second.connect();
    assert.deepEqual(second.sent(), ['kept']);
    first.parley.room(LOBBY).send({ text: 'while closed' });
    await settle();
    assert.equal(browser.entries.size, 0);
    void first.parley.connect();
    await settle();
    const texts = [...browser.entries.values()].map(({ content }) => content);
    // The first is sent once more, with the same id.
    assert.deepEqual(texts, ['kept', 'while closed']);
    for (const { parley } of [first, second]) parley.close();
    await settle();
    assert.equal(browser.owners, 0);
  });

  test('lets another tab send the new text of an edited message, once', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await settle();
    const room = first.parley.room(LOBBY);
    const sent = room.send({ text: 'a tpyo' });
    await sent.edit('a typo');
    const withdrawn = room.send({ text: 'withdrawn' });
    await settle();
    first.crash();

    const second = new Tab(browser);
    await settle();
    // Nothing was sent before the crash, so both can still be changed.
    assert.equal(second.parley.client.cancel(withdrawn.id), true);
    await second.parley.client.editUnsent(sent.id, 'no typo');
    await second.connect();
    assert.deepEqual(second.sent(), ['no typo']);
    assert.equal(browser.entries.size, 0);
    second.parley.close();
  });

  test('remembers over a crash that a message may be stored', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await first.connect();
    const { id } = first.parley.room(LOBBY).send({ text: 'hello' });
    await settle();
    assert.equal(first.sent().length, 1);
    first.crash();

    const second = new Tab(browser);
    await settle();
    assert.equal(second.parley.client.cancel(id), false);
    second.parley.close();
  });

  test('keeps the edit of a message that may be stored over a crash', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    await first.connect();
    const sent = first.parley.room(LOBBY).send({ text: 'a tpyo' });
    await settle();
    // It reached the server, whose answer is lost.
    assert.deepEqual(first.sent(), ['a tpyo']);
    void sent.edit('a typo').catch(() => {});
    await settle();
    assert.equal(first.parley.room(LOBBY).messages[0]?.content, 'a typo');
    first.crash();

    const second = new Tab(browser);
    await settle();
    await second.connect();
    const { socket } = second.server.environment;
    await waitFor(() => socket.sentOf('edit_message').length > 0);
    const [edit] = socket.sentOf('edit_message');
    assert(edit?.type === 'edit_message' && edit.payload.content === 'a typo');
    // Kept until the edit is stored.
    assert.equal(browser.entries.get(sent.id)?.edit, 'a typo');
    socket.deliver('message_ack', editAck(edit.payload), edit.id);
    await waitFor(() => browser.entries.size === 0);
    assert.equal(second.parley.room(LOBBY).messages[0]?.content, 'a typo');
    second.parley.close();
  });

  test('adopts messages that were written after it started', async () => {
    const browser = new Browser();
    const [first, second] = [new Tab(browser), new Tab(browser)];
    await settle();
    await first.connect();
    second.parley.room(LOBBY).send({ text: 'offline' });
    await settle();
    second.crash();
    await first.flush();
    assert.deepEqual(first.sent(), ['offline']);
    first.parley.close();
  });

  test('sends without a storage that is full', async () => {
    const browser = new Browser();
    browser.isFull = true;
    const tab = new Tab(browser);
    await tab.connect();
    const { id } = tab.parley.room(LOBBY).send({ text: 'hello' });
    assert.equal(tab.isDurable(id), false);
    await tab.flush();
    assert.deepEqual(tab.sent(), ['hello']);
    tab.parley.close();
  });
});

function editAck({ messageId }: { readonly messageId: string }): ServerFrames['message_ack'] {
  // Ids are branded strings: the brand exists for the compiler only.
  const id = messageId as MessageId;
  const timestamp = '2026-01-31T12:00:00.000Z';
  return { id, roomId: LOBBY, sequence: 2, timestamp, duplicate: false };
}

test('a file keeps unsent messages for the next program', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-outbox-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'outbox.json');
  const first = start(fileOutbox(path));
  const { id } = first.parley.room(LOBBY).send({ text: 'before the restart' });
  await waitFor(async () => (await stat(path).catch(() => undefined)) !== undefined);
  first.parley.close();
  assert.equal((await stat(path)).mode & 0o777, 0o600);

  const { server, parley } = start(fileOutbox(path));
  void parley.connect();
  await waitFor(() => parley.getSnapshot().outbox[0]?.clientMessageId === id);
  server.accept();
  // The acknowledged message leaves the file, so that no write is in progress at the end.
  await waitFor(async () => {
    server.flush();
    return (await readFile(path, 'utf8')) === '[]';
  });
  assert.deepEqual(
    server.room('lobby').messages.map(({ content }) => content),
    ['before the restart'],
  );
  parley.close();
});

async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await settle();
}
