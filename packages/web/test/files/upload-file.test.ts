/** Large files go on where they broke off, with a server that is played. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { uploadFile } from '../../src/files/upload-file.ts';
import { UploadFailed } from '../../src/files/upload-form.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly response?: object;
}

const SIZE = 6_000_000;
const BEGUN = { status: 201, headers: { Location: '/upload', 'Upload-Offset': '0' } };
const STORED = {
  status: 200,
  response: {
    fileId: 'id',
    url: '/id',
    file: { id: 'id', name: 'a', type: 'text/plain', size: 1 },
  },
};

/** In their order. */
let answers: Answer[] = [];
let asked: string[] = [];

class PlayedRequest {
  readonly upload = {};
  status = 0;
  response: object | null = null;
  onloadend = (): void => {};
  #method = '';
  #offset = '';
  #headers: Answer['headers'];

  open(method: string): void {
    this.#method = method;
  }

  setRequestHeader(name: string, value: string): void {
    if (name === 'Upload-Offset') this.#offset = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#headers?.[name] ?? null;
  }

  send(body?: Blob): void {
    asked.push(
      body === undefined ? this.#method : `${this.#method} ${this.#offset} of ${body.size}`,
    );
    const { status, headers, response = null } = answers.shift() ?? assert.fail(asked.join());
    this.#headers = headers;
    Object.assign(this, { status, response });
    queueMicrotask(() => this.onloadend());
  }
}

describe('large files', () => {
  before(() => {
    globalThis.XMLHttpRequest = PlayedRequest as unknown as typeof XMLHttpRequest;
  });
  after(() => Reflect.deleteProperty(globalThis, 'XMLHttpRequest'));
  beforeEach(() => {
    asked = [];
  });

  /** Without the pauses between attempts. */
  const upload = async (t: TestContext, size = SIZE) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { done } = uploadFile(new File([new Uint8Array(size)], 'a'), () => {});
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    done.then(end, end);
    while (!isOver) {
      await nextTurn();
      t.mock.timers.tick(60_000);
    }
    return done;
  };

  test('go on while a proxy has no connection to the server', async (t) => {
    const rest = { status: 204, headers: { 'Upload-Offset': '4000000' } };
    answers = [BEGUN, { status: 502 }, { status: 503 }, rest, { status: 504 }, rest, STORED];

    assert.equal((await upload(t)).fileId, 'id');
    assert.deepEqual(asked, [
      ...['POST', 'PATCH 0 of 6000000', 'HEAD', 'HEAD', 'PATCH 4000000 of 2000000'],
      ...['HEAD', 'PATCH 4000000 of 2000000'],
    ]);
  });

  test('of less are refused by their size, too', async (t) => {
    const refused = { status: 413, response: { error: { message: 'at most 1 MB' } } };
    answers = [{ status: 204, headers: { 'Tus-Max-Size': '1000000' } }, refused];

    await assert.rejects(upload(t, 1_000_001), new UploadFailed(413, 'at most 1 MB'));
    assert.deepEqual(asked, ['OPTIONS', 'POST']);
  });

  test('end where the server refuses them, and after several losses', async (t) => {
    answers = [BEGUN, { status: 503, response: { error: { message: 'full' } } }];
    await assert.rejects(upload(t), new UploadFailed(503, 'full'));
    t.mock.timers.reset();
    answers = [BEGUN, ...Array.from({ length: 5 }, () => ({ status: 502 }))];
    await assert.rejects(upload(t), new UploadFailed(0));
  });
});
