import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutboxEntry, OutboxState, PersistedOutbox, PersistOutbox } from '@parley/client';
import { hasLocalFile, toAttachment } from '../../src/files/local-file.ts';
import type { uploadFile } from '../../src/files/upload-file.ts';
import { UploadFailed } from '../../src/files/upload-form.ts';
import { uploadWaiting } from '../../src/files/upload-waiting.ts';
import { withFiles } from '../../src/files/waiting-files.ts';

const local = (name: string, alt?: string) =>
  toAttachment({
    ...{ local: new File(['x'], name), name, size: 1 },
    ...(alt === undefined ? {} : { alt }),
  });
const entryOf = (id: string, ...attachments: ReturnType<typeof local>[]): OutboxEntry =>
  ({
    ...{ clientMessageId: id, roomId: 'r', content: id, composedAtMs: 0, attempts: 0 },
    ...{ mayBeStored: true, state: { kind: 'queued' }, attachments },
  }) as unknown as OutboxEntry;

/** An outbox with its listeners, and uploads that answer by the name of the file. */
class Scene {
  entries: OutboxState;
  readonly uploads: string[] = [];
  /** Where each upload goes on. */
  readonly begun: (string | undefined)[] = [];
  readonly cancelled: string[] = [];
  pauses = 0;
  isClosed = false;
  /** Of each attempt, in their order; then every upload succeeds. */
  answers: (number | 'never')[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(...entries: OutboxEntry[]) {
    this.entries = entries;
  }

  readonly outbox = {
    get: () => this.entries,
    set: (entries: OutboxState) => {
      this.entries = entries;
      for (const listener of [...this.#listeners]) listener();
    },
  };

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly #upload: typeof uploadFile = ({ name, size }, _onProgress, options) => {
    this.uploads.push(name);
    this.begun.push(options?.begun);
    options?.onBegun?.(`/${name}`);
    const answer = this.answers.shift() ?? 201;
    const uploaded = { fileId: `id of ${name}`, name, type: 'text/plain', size, url: '/' };
    const done =
      answer === 'never'
        ? new Promise<never>(() => {})
        : answer === 201
          ? Promise.resolve(uploaded)
          : Promise.reject(new UploadFailed(answer));
    return { done, cancel: () => this.cancelled.push(name) };
  };

  run(): Promise<void> {
    return uploadWaiting({
      ...{ outbox: this.outbox, subscribe: this.subscribe, upload: this.#upload },
      isClosed: () => this.isClosed,
      pause: async () => {
        this.pauses += 1;
      },
    });
  }
}

describe('files that wait in the outbox', () => {
  test('are uploaded one after the other, and take their place in the message', async () => {
    const scene = new Scene(entryOf('m', local('a.txt', 'first'), local('b.txt')));
    const running = scene.run();
    // Every change of the state asks for it again.
    await scene.run();
    // It can be withdrawn until its files are there.
    assert.equal(scene.entries[0]?.mayBeStored, false);
    await running;

    assert.deepEqual(scene.uploads, ['a.txt', 'b.txt']);
    const ids = scene.entries[0]?.attachments?.map((each) =>
      typeof each === 'string' ? each : [each['fileId'], each['alt']],
    );
    assert.deepEqual(ids, [
      ['id of a.txt', 'first'],
      ['id of b.txt', undefined],
    ]);
  });

  test('go on where they were begun, also after a reload', async () => {
    const scene = new Scene(entryOf('m', local('a.txt', 'first')));
    scene.answers = ['never'];
    void scene.run();
    const { attachments } = scene.entries[0] ?? {};
    // As the outbox has stored it.
    const reloaded = new Scene(entryOf('m', ...((attachments ?? []) as never[])));
    await reloaded.run();

    assert.deepEqual([scene.begun, reloaded.begun], [[undefined], ['/a.txt']]);
    const [sent] = reloaded.entries[0]?.attachments ?? [];
    assert.deepEqual((sent as { alt?: string }).alt, 'first');
    assert.equal(reloaded.entries.some(hasLocalFile), false);
  });

  test('are tried again without a connection, a session, or space', async () => {
    const scene = new Scene(entryOf('m', local('a.txt')));
    scene.answers = [0, 401, 429, 503];
    await scene.run();

    assert.deepEqual([scene.pauses, scene.uploads.length], [4, 5]);
    assert.equal(scene.entries.some(hasLocalFile), false);
  });

  test('that the server refuses leave their message to its author', async () => {
    const scene = new Scene(entryOf('large', local('a.txt')), entryOf('next', local('b.txt')));
    scene.answers = [413];
    await scene.run();

    const [large, next] = scene.entries;
    const failure = { kind: 'failed', code: 'FORBIDDEN', message: 'The file is too large' };
    assert.deepEqual(large?.state, failure);
    assert.equal(next !== undefined && hasLocalFile(next), false);
  });

  test('are not uploaded any more if the message is withdrawn, or the user leaves', async () => {
    for (const leave of [false, true]) {
      const scene = new Scene(entryOf('m', local('a.txt')));
      scene.answers = ['never'];
      const running = scene.run();
      scene.isClosed = leave;
      scene.outbox.set(leave ? scene.entries : []);
      await running;

      assert.deepEqual([scene.uploads, scene.cancelled], [['a.txt'], ['a.txt']]);
    }
  });

  test('hold back their message, whose write has ended, and those behind it', () => {
    const scene = new Scene(entryOf('m', local('a.txt')), entryOf('text'));
    let stored: Parameters<PersistOutbox>[2]['onStored'] = () => {};
    const persist: PersistOutbox = (_outbox, _subscribe, { onStored }) => {
      stored = onStored;
      return { isWritten: () => true } as unknown as PersistedOutbox;
    };
    let drained = 0;
    const { isWritten } = withFiles(persist)(scene.outbox, scene.subscribe, {
      onRestored: () => {},
      onStored: () => {
        drained += 1;
      },
    });
    const isReady = (id: string) => isWritten(id as Parameters<typeof isWritten>[0]);

    assert.deepEqual([isReady('m'), isReady('text')], [false, true]);
    stored('r' as Parameters<typeof stored>[0]);
    assert.equal(drained, 0);
    const [first, ...others] = scene.entries as [OutboxEntry, ...OutboxEntry[]];
    const state = { kind: 'failed', code: 'FORBIDDEN', message: '' } as const;
    scene.entries = [{ ...first, state }, ...others];
    stored('r' as Parameters<typeof stored>[0]);
    assert.equal(drained, 1);
  });
});
