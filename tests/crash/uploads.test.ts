/**
 * A server is killed again and again while users upload files and send messages that take them, now or later. Every
 * acknowledged file and message is there once; after the collection, there is no file without a message
 * and no row without a file.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Account } from '../../packages/server/test/support/account.ts';
import { filesOnDisk, unusedContents } from '../../packages/server/test/support/files-on-disk.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';

const KILLS = repetitions(2, 30);
const UPLOADERS = 3;
/** Acknowledged files between two kills at least. */
const FILES_BETWEEN = 5;
/** More than one write. */
const FILE_BYTES = 200_000;
/** Large enough for a thumbnail. */
const PICTURE = { width: 800, height: 600 };
/** Of every four files, the message of the fourth is never sent. */
const WITHOUT_MESSAGE = 4;
/** Until a message is sent that is scheduled. */
const LATER_MS = 300;

interface Upload {
  readonly fileId: string;
  /** Undefined for a picture, which the server writes again. */
  readonly bytes: Buffer | undefined;
}

interface History {
  readonly messages: readonly {
    readonly content: string;
    readonly attachments?: readonly { readonly fileId: string }[];
  }[];
}

test(`${KILLS} kills in the middle of uploads leave no half of a file`, async () => {
  const directory = temporaryDirectory();
  const settings = { PORT: await findFreePort(), DATA_DIR: directory, MESSAGE_RATE_MAX: '0' };
  let server = await ParleyProcess.start(settings);
  const { url } = server;
  const accounts = await Promise.all(
    Array.from({ length: UPLOADERS }, (_, index) => Account.signUp(url, `uploader-${index}`)),
  );
  const uploaders = await Promise.all(accounts.map((account) => Uploader.begin(account)));
  const filesOf = () => uploaders.reduce((sum, { uploads }) => sum + uploads.length, 0);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const enough = filesOf() + FILES_BETWEEN;
    await until(() => filesOf() >= enough, 'files to be acknowledged');
    await server.kill();
    server = await ParleyProcess.start(settings);
  }
  for (const uploader of uploaders) await uploader.end();
  await server.stop();

  letExpire(directory);
  server = await ParleyProcess.start(settings);
  for (const uploader of uploaders) await uploader.waitForScheduled();
  const taken = new Set(uploaders.flatMap(({ sent }) => [...sent.values()]));
  await until(() => rowsOf(directory).length === taken.size, 'the collection');
  const rows = rowsOf(directory);
  assert.deepEqual(rows.map(({ id }) => id).sort(), [...taken].sort());
  const expected = rows
    .flatMap(({ id, thumbnail }) => [id, ...(thumbnail ? [`${id}.thumbnail`, `${id}.small`] : [])])
    .sort();
  const isSettled = () => isDeepStrictEqual(onDisk(directory), expected);
  await until(isSettled, 'the thumbnails, and the deletion of other files');
  assert.deepEqual(unusedContents(directory), []);
  for (const uploader of uploaders) await uploader.check();
  await server.stop();
});

/** Uploads a file, sends it in a message, and begins again; repeats what was not answered. */
class Uploader {
  readonly uploads: Upload[] = [];
  /** Ids of the files of acknowledged messages, by content. */
  readonly sent = new Map<string, string>();
  readonly #account: Account;
  readonly #roomId: string;
  #running: Promise<void> = Promise.resolve();
  #isEnding = false;

  static async begin(account: Account): Promise<Uploader> {
    const socket = await account.connect();
    const { roomId } = await socket.joinRoom({ roomName: `files of ${account.username}` });
    socket.terminate();
    const uploader = new Uploader(account, roomId);
    uploader.#running = uploader.#run();
    return uploader;
  }

  private constructor(account: Account, roomId: string) {
    this.#account = account;
    this.#roomId = roomId;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  async waitForScheduled(): Promise<void> {
    await until(async () => {
      const answer = await this.#account.must<{ scheduled: unknown[] }>('GET', '/api/scheduled');
      return answer.scheduled.length === 0;
    }, 'all scheduled messages to be sent');
  }

  /** Every acknowledged message and file is there, once. */
  async check(): Promise<void> {
    const path = `/api/rooms/${this.#roomId}/messages?limit=200`;
    const { messages } = await this.#account.must<History>('GET', path);
    const found = messages.map(({ content, attachments = [] }) => [
      content,
      ...attachments.map(({ fileId }) => fileId),
    ]);
    assert.deepEqual(found.sort(), [...this.sent].sort());
    const taken = new Set(this.sent.values());
    for (const { fileId, bytes } of this.uploads.filter((each) => taken.has(each.fileId))) {
      const answer = await this.#account.call('GET', `/api/files/${fileId}`);
      assert.equal(answer.status, 200);
      const read = Buffer.from(await answer.arrayBuffer());
      if (bytes !== undefined) assert.ok(bytes.equals(read));
      else assert.equal(answer.headers.get('content-type'), 'image/png');
    }
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const bytes = this.uploads.length % 2 === 0 ? randomBytes(FILE_BYTES) : undefined;
      const content = bytes ?? pngOf(PICTURE.width, PICTURE.height, randomUUID());
      // A file whose acknowledgement is lost has no user, and is collected.
      const fileId = await this.#upload(content).catch(() => undefined);
      if (fileId === undefined) continue;
      this.uploads.push({ fileId, bytes });
      if (this.uploads.length % WITHOUT_MESSAGE !== 0) await this.#send(fileId);
    }
  }

  async #upload(bytes: Buffer): Promise<string | undefined> {
    const answer = await this.#account.sendFile('POST', '/api/upload', bytes);
    return ((await answer.json()) as { readonly fileId?: string }).fileId;
  }

  /** The same message, until it is acknowledged. Every second one is sent later. */
  async #send(fileId: string): Promise<void> {
    const content = `message ${this.sent.size}`;
    const message = { content, attachments: [{ fileId }], clientMessageId: content };
    const path = this.sent.size % 2 === 0 ? '/api/messages' : '/api/scheduled';
    await until(async () => {
      const sendAt = new Date(Date.now() + LATER_MS).toISOString();
      const later = path === '/api/scheduled' && { sendAt };
      const body = { roomId: this.#roomId, ...message, ...later };
      const answer = await this.#account.call('POST', path, body).catch(() => undefined);
      return answer?.ok === true;
    }, `the acknowledgement of ${content}`);
    this.sent.set(content, fileId);
  }
}

/** As if two days had gone since the last upload, in which scheduled messages keep their files. */
function letExpire(directory: string): void {
  using database = new DatabaseSync(join(directory, 'parley.db'));
  database.exec(
    'UPDATE files SET expires_at = 0 WHERE expires_at IS NOT NULL AND held_for IS NULL',
  );
  database.exec('UPDATE files SET thumbnails_due_at = 0 WHERE thumbnails_due_at IS NOT NULL');
  database.exec('UPDATE scheduled_messages SET due_at = 0 WHERE due_at IS NOT NULL');
  const unfinished = join(directory, 'files', 'unfinished');
  const seconds = Date.now() / 1000 - 2 * 24 * 60 * 60;
  for (const name of readdirSync(unfinished)) utimesSync(join(unfinished, name), seconds, seconds);
}

function rowsOf(directory: string): { readonly id: string; readonly thumbnail: number }[] {
  using database = new DatabaseSync(join(directory, 'parley.db'), { readOnly: true });
  // The statement names the columns.
  return database.prepare('SELECT id, has_thumbnail AS thumbnail FROM files').all() as never;
}

function onDisk(directory: string): string[] {
  return filesOnDisk(directory)
    .map((path) => basename(path))
    .sort();
}
