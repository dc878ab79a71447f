/** Which undocumented parts of Node are in use, and the switch that turns them off. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const ENTRY = join(import.meta.dirname, '../../src/index.ts');

/** Echoes through a server and a client of its own, with compression, and prints the statistics. */
const PROGRAM = `
  const { connect, WebSocketServer } = await import(${JSON.stringify(ENTRY)});
  const server = new WebSocketServer({ perMessageDeflate: { threshold: 0 } });
  server.on('message', (connection, data) => connection.sendText(data));
  const { port } = await server.listen(0, '127.0.0.1');
  const client = await connect('ws://127.0.0.1:' + port, { perMessageDeflate: { threshold: 0 } });
  client.on('message', async (data) => {
    const { nodeInternals } = server.getStats();
    client.destroy();
    await server.shutdown();
    console.log(JSON.stringify({ echo: String(data), nodeInternals }));
  });
  client.sendText('hello');
`;

function run(environment: Record<string, string>) {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const env = { ...process.env, ...environment };
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

test('statistics name the undocumented parts in use', () => {
  assert.deepEqual(run({ PARLEY_NODE_INTERNALS: '' }), {
    echo: 'hello',
    nodeInternals: {
      sharedReads: true,
      directWrites: true,
      zlibContexts: true,
      compactListeners: true,
      youngCollections: true,
      bufferViews: true,
    },
  });
});

test('PARLEY_NODE_INTERNALS=off turns all of them off, and messages still pass', () => {
  assert.deepEqual(run({ PARLEY_NODE_INTERNALS: 'off' }), {
    echo: 'hello',
    nodeInternals: {
      sharedReads: false,
      directWrites: false,
      zlibContexts: false,
      compactListeners: false,
      youngCollections: false,
      bufferViews: false,
    },
  });
});
