/** A server that has no file descriptors left for new connections. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { text } from '../../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../../support/raw-peer.ts';
import { until } from '../../support/wait.ts';

const SERVER = fileURLToPath(new URL('../../support/few-descriptors.ts', import.meta.url));
/** About half of them belong to the runtime. */
const DESCRIPTORS = 56;

interface Report {
  readonly warning?: string;
  readonly port?: number;
  readonly refused?: string;
  readonly reason?: string;
}

async function start(
  t: TestContext,
): Promise<{ child: ChildProcess; port: number; reports: Report[] }> {
  const command = `ulimit -n ${DESCRIPTORS}; exec "$0" "$1"`;
  const child = spawn('sh', ['-c', command, process.execPath, SERVER], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  const reports: Report[] = [];
  child.on('message', (report: Report) => reports.push(report));
  await until(() => reports.some(({ port }) => port !== undefined), 'the server');
  const { port = 0 } = reports.find((report) => report.port !== undefined) ?? {};
  return { child, port, reports };
}

/** Requests an upgrade; returns whether it succeeded. The server may hang up at any time. */
async function ask(t: TestContext, port: number): Promise<{ peer: RawPeer; isIn: boolean }> {
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  peer.send(upgradeRequest());
  await until(() => !peer.isSilent || peer.hasEnded || peer.error !== undefined, 'an answer');
  return { peer, isIn: !peer.isSilent && (await peer.nextAnswer()).status === 101 };
}

test('without descriptors new connections are rejected, open ones not affected, and it recovers', async (t) => {
  const { child, port, reports } = await start(t);
  const inside: RawPeer[] = [];
  let rejectedCount = 0;
  for (let count = 0; count < 2 * DESCRIPTORS; count += 1) {
    const { peer, isIn } = await ask(t, port);
    if (isIn) inside.push(peer);
    else rejectedCount += 1;
  }
  assert(inside.length > 5 && rejectedCount > DESCRIPTORS, `${inside.length} and ${rejectedCount}`);

  for (const [index, peer] of inside.entries()) {
    peer.send(text(`still here ${index}`));
    assert.equal(await peer.nextText(), `still here ${index}`);
  }
  assert.equal(child.exitCode, null);

  const texts = reports.map(({ warning, refused, reason }) => warning ?? refused ?? reason);
  for (const each of ['PARLEY_DESCRIPTOR_LIMIT', 'full']) assert(texts.includes(each), each);

  for (const peer of inside.splice(0, 5)) peer.destroy();
  let isBack = false;
  for (let tries = 0; tries < 1_000 && !isBack; tries += 1) isBack = (await ask(t, port)).isIn;
  assert(isBack, 'there is room again');
});
