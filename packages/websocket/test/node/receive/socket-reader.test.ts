/** Other connections get a turn while one connection has much to read. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../../src/node/clock.ts';
import { SocketReader } from '../../../src/node/receive/socket-reader.ts';
import { Receiver } from '../../../src/protocol/receiver.ts';
import { continuation, ping, text } from '../../support/bytes.ts';
import { until } from '../../support/wait.ts';

const FRAMES = 1_000;
const more = { isFinal: false };

/** The number of events in each turn that one read takes. */
async function turnsOf(read: Buffer): Promise<number[]> {
  const receiver = new Receiver({
    sender: 'client',
    payloadBytesMax: 1_000,
    messageBytesMax: 1_000,
    fragmentCountMax: 2 * FRAMES,
    ownedReservedBits: 0,
  });
  const turns: number[] = [];
  let events = 0;
  const reader = new SocketReader(new PassThrough(), receiver, systemClock, {
    handleBytes() {},
    handleEvent() {
      events += 1;
    },
    handleReadStart() {
      events = 0;
    },
    handleReadEnd() {
      turns.push(events);
    },
    handleInputEnd() {},
  });
  reader.start({ isQuiet: true });
  reader.take(read, read.length);
  await until(() => !receiver.hasUnreadBytes, 'the whole read');
  return turns;
}

const CROWDED = [
  { title: 'messages', frame: text('x') },
  { title: 'pings', frame: ping('x') },
  { title: 'fragments', frame: continuation('x', more) },
  { title: 'empty fragments', frame: continuation('', more) },
];

for (const { title, frame } of CROWDED) {
  test(`${title} that arrive in one read are handled in several turns`, async () => {
    const first = text('x', more);
    const isContinued = title.includes('fragments');
    const frames = Array.from({ length: FRAMES }, () => frame);

    const turns = await turnsOf(Buffer.concat(isContinued ? [first, ...frames] : frames));

    assert.ok(Math.max(...turns) <= 256, `${turns}`);
    assert.equal(
      turns.reduce((sum, count) => sum + count, 0),
      FRAMES + (isContinued ? 1 : 0),
    );
  });
}
