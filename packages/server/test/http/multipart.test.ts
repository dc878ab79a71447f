/** The reader of uploaded forms, with a consumer that takes its time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { filesOf, REST_BYTES_MAX } from '../../src/http/request/multipart.ts';

/** Turns of the event loop in which a client could send some megabytes. */
const TURNS = 500;

describe('a form with too much beside its files', () => {
  test('is read no further while the file before is stored', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    const part = (name: string) =>
      `--x\r\ncontent-disposition: form-data; name="${name}"; filename="a"\r\n\r\n`;
    const start = `${part('file')}abc\r\n${part('other')}`;
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n' +
        `Transfer-Encoding: chunked\r\n\r\n${start.length.toString(16)}\r\n${start}\r\n`,
    );
    const chunk = `10000\r\n${'y'.repeat(65_536)}\r\n`;
    const pump = (): void => void (socket.destroyed || socket.write(chunk, pump));
    pump();
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const limits = { filesMax: 2, bytesMax: 1000, idleMs: 60_000, network: 'x' };
    const files = filesOf(request, limits);
    const reading = files[Symbol.asyncIterator]();

    const { value: file } = await reading.next();
    for await (const _ of file.body);
    if (!files.client.signal.aborted) await once(files.client.signal, 'abort');
    const { bytesRead } = request.socket;
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();

    assert.ok(request.socket.bytesRead - bytesRead < REST_BYTES_MAX, `${request.socket.bytesRead}`);
    await assert.rejects(reading.next());
  });
});
