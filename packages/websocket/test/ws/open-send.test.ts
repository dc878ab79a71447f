/** Costs that a send of an open socket must not have. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

test('a send builds the text of its error only if the socket is not open', async (t) => {
  const session = new Session();
  session.connect();
  t.after(() => session.disconnect());
  await session.post('Profiler.enable');
  await session.post('Debugger.enable');
  // Blocks are counted in code that is compiled from now on.
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { WebSocket, WebSocketServer } = await import('../../src/ws/index.ts');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  t.after(() => socket.terminate());
  await once(socket, 'open');

  /** How often the code that builds the text has run. */
  const countTexts = async (): Promise<number | undefined> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const script = result.find(({ url }) => /\/src\/ws\/web-socket\.[jt]s$/.test(url));
    assert(script !== undefined);
    const { scriptSource } = await session.post('Debugger.getScriptSource', script);
    const at = scriptSource.indexOf('WebSocket is not open');
    assert.ok(at > 0);
    const around = script.functions
      .flatMap(({ ranges }) => ranges)
      .filter(({ startOffset, endOffset }) => startOffset <= at && at < endOffset)
      .sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
    return around[0]?.count;
  };
  for (let count = 0; count < 3; count += 1) socket.send('x');
  socket.ping();
  assert.equal(await countTexts(), 0);

  socket.close();
  socket.send('late', () => {});
  assert.equal(await countTexts(), 1);
  await once(socket, 'close');
});
