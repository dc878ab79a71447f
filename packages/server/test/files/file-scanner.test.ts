/** Files wait for the verdict of a scanner: only its yes lets them in, and the chat does not wait. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileScanner } from '../../src/files/file-scanner.ts';
import { FileHarmful, FileUnchecked } from '../../src/ports/file-storage.ts';
import type { Account } from '../support/account.ts';
import { filesOnDisk } from '../support/files-on-disk.ts';
import { pngOf } from '../support/png.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';
import { WebSite } from '../support/web-site.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const CLEAN = json(200, { clean: true });
const HARMFUL = json(200, { clean: false, reason: 'Eicar' });
const SILENT: Answer = () => {};

/** A scanner whose next answers are given. */
class Scanner {
  readonly site: WebSite;
  readonly received: { readonly bytes: Buffer; readonly type: unknown }[] = [];
  answers: Answer[] = [];

  static async start(): Promise<Scanner> {
    let scanner: Scanner | undefined;
    const site = await WebSite.start({
      '/scan': async (response, request) => {
        const answer = scanner?.answers.shift() ?? CLEAN;
        const bytes = await buffer(request).catch(() => Buffer.of());
        scanner?.received.push({ bytes, type: request.headers['x-parley-file-type'] });
        answer(response, request);
      },
    });
    scanner = new Scanner(site);
    return scanner;
  }

  private constructor(site: WebSite) {
    this.site = site;
  }

  get url(): string {
    return `${this.site.url}/scan`;
  }
}

describe('a scanner of files', () => {
  const path = join(temporaryDirectory(), 'file');
  const bytes = randomBytes(300_000);
  let scanner: Scanner;
  let failures: unknown[];
  let reasons: string[];
  beforeEach(async () => {
    scanner = await Scanner.start();
    [failures, reasons] = [[], []];
    writeFileSync(path, bytes);
  });
  afterEach(() => scanner.site.close());

  const scan = (url = scanner.url, timeoutMs = 10_000): Promise<void> =>
    fileScanner({
      ...{ url, timeoutMs, delaysMs: [1, 1] },
      onFailure: (error) => failures.push(error),
      onHarmful: (reason) => reasons.push(reason),
    })(path, 'image/png');

  test('gets the bytes and their type, and lets the file in', async () => {
    await scan();

    assert.deepEqual(scanner.received, [{ bytes, type: 'image/png' }]);
    assert.deepEqual([failures, reasons], [[], []]);
  });

  test('refuses a file, and is not asked again', async () => {
    scanner.answers = [HARMFUL];

    await assert.rejects(scan(), FileHarmful);
    assert.equal(scanner.received.length, 1);
    assert.deepEqual(reasons, ['Eicar']);
  });

  test('may answer before it has read the file', async () => {
    const large = randomBytes(20_000_000);
    writeFileSync(path, large);
    const early = await WebSite.start({ '/scan': HARMFUL });

    await assert.rejects(scan(`${early.url}/scan`), FileHarmful);
    await early.close();
  });

  test('is asked again without a verdict, and no other answer is a yes', async () => {
    const noVerdicts: readonly Answer[] = [
      json(500, { clean: true }),
      json(201, { clean: true }),
      json(200, { clean: 'yes' }),
      json(200, {}),
      json(200, null),
      (response) => response.writeHead(200).end('{"clean": true'),
      (response) => response.writeHead(204).end(),
      (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (response) => response.writeHead(200).end(`{"clean":true,"more":"${'x'.repeat(20_000)}"}`),
      (response) => response.destroy(),
    ];
    for (const answer of noVerdicts) {
      scanner.answers = [answer, CLEAN];
      await scan();
    }
    assert.equal(failures.length, noVerdicts.length);
    for (const answer of noVerdicts) {
      scanner.answers = [answer, answer, answer];
      await assert.rejects(scan(), FileUnchecked);
    }
  });

  test('that is silent or away lets nothing in', async () => {
    scanner.answers = [SILENT, SILENT, SILENT];

    await assert.rejects(scan(scanner.url, 100), FileUnchecked);
    await assert.rejects(scan('http://127.0.0.1:1/scan'), FileUnchecked);
    assert.equal(failures.length, 6);
  });
});

describe('a server with a scanner', () => {
  const directory = temporaryDirectory();
  let scanner: Scanner;
  let server: TestServer;
  let alice: Account;
  before(async () => {
    scanner = await Scanner.start();
    server = await TestServer.start({ DATA_DIR: directory, FILE_SCAN_URL: scanner.url });
    alice = await server.signUp('alice');
  });
  after(async () => {
    await server.close();
    await scanner.site.close();
  });

  const send = (method: string, path: string, content: Buffer): Promise<Response> =>
    alice.sendFile(method, path, content);
  const errorOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    return [answer.status, error.code, error.message];
  };
  const onDisk = (): number => filesOnDisk(directory).length;

  test('shows the scanner each file as its readers will get it', async () => {
    const picture = pngOf(30, 20, 'a secret place');
    assert.equal((await send('POST', '/api/upload', picture)).status, 201);

    const [scanned] = scanner.received.splice(0);
    assert.equal(scanned?.type, 'image/png');
    assert.equal(scanned.bytes.includes('secret'), false);
  });

  test('keeps nothing of a harmful file or picture, and tells its sender', async () => {
    const before = onDisk();
    for (const [method, path] of [
      ['POST', '/api/upload'],
      ['PUT', '/api/me/avatar'],
    ] as const) {
      scanner.answers = [HARMFUL];
      assert.deepEqual(await errorOf(await send(method, path, pngOf(30, 20))), [
        ...[400, 'VALIDATION_ERROR'],
        'The check of the file has found something harmful in it',
      ]);
    }
    assert.equal(onDisk(), before);
  });

  test('chats on while files wait, and says that they cannot be checked', async () => {
    const before = onDisk();
    scanner.received.length = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const wait: Answer = async (response) => {
      await held;
      response.writeHead(503).end();
    };
    scanner.answers = Array.from({ length: 9 }, () => wait);
    const uploads = [1, 2, 3].map(() => send('POST', '/api/upload', Buffer.from('text')));
    await until(() => scanner.received.length === 3, 'the scanner to have the files');

    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    await socket.sendMessage({ roomId, content: 'on' });
    release();
    for (const answer of await Promise.all(uploads)) {
      assert.equal(answer.headers.get('retry-after'), '30');
      assert.deepEqual(await errorOf(answer), [
        ...[503, 'UNAVAILABLE'],
        'The file cannot be checked now: upload it again later',
      ]);
    }
    socket.close();
    assert.equal(onDisk(), before);
  });
});
