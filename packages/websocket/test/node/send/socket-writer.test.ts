import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../../src/node/clock.ts';
import { FlushQueue } from '../../../src/node/send/flush-queue.ts';
import { encodeMessage, headerBytesOf } from '../../../src/node/send/message-encoder.ts';
import { type OutgoingSink, SocketWriter } from '../../../src/node/send/socket-writer.ts';
import { OPCODES } from '../../../src/protocol/opcodes.ts';
import { SeededRandom } from '../../fuzz/seeded-random.ts';
import { turns } from '../../support/wait.ts';

/** A socket that accepts bytes on command; until then they wait in it. */
class SlowSocket extends Duplex {
  readonly writes: Buffer[] = [];
  isOpen = false;
  #waiting: (() => void) | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk.length > 0) this.writes.push(Buffer.from(chunk));
    if (this.isOpen) done();
    else this.#waiting = done;
  }

  /** Accepts the waiting write. */
  letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  takeAll(): void {
    this.isOpen = true;
    this.letGo();
  }

  get sizes(): number[] {
    return this.writes.map((write) => write.length);
  }
}

function setUp({ isOpen = true, flushQueue = new FlushQueue() } = {}) {
  const socket = new SlowSocket();
  socket.isOpen = isOpen;
  const told: string[] = [];
  const sink: OutgoingSink = {
    handleBlocked: () => told.push('blocked'),
    handleProgress: (hadToWait) => told.push(hadToWait ? 'drained' : 'written'),
    handleOutputFailure: (error) => told.push(error.message),
    callBack: (done, error) => done(error),
  };
  const buffer = new SocketWriter(socket, flushQueue, sink, systemClock);
  return { socket, told, buffer };
}

const chunk = (byteCount: number, fill = 'x') => Buffer.alloc(byteCount, fill);

test('chunks of one turn are written in one write, in order', async () => {
  const { socket, buffer } = setUp();

  for (const letter of ['a', 'b', 'c']) buffer.append(Buffer.from(letter));

  assert.deepEqual(socket.writes, []);
  await turns(1);
  assert.deepEqual(socket.writes, [Buffer.from('abc')]);
});

test('corked chunks are written on uncork, in one write', () => {
  const { socket, buffer } = setUp();

  buffer.cork();
  buffer.append(chunk(3));
  buffer.append(chunk(4));
  assert.deepEqual(socket.sizes, []);
  buffer.uncork();

  assert.deepEqual(socket.sizes, [7]);
});

test('corked chunks do not accumulate beyond one write', () => {
  const { socket, buffer } = setUp();

  buffer.cork();
  buffer.append(chunk(65_535));
  assert.deepEqual(socket.sizes, []);
  buffer.append(chunk(1));

  assert.equal(Buffer.concat(socket.writes).length, 65_536);
});

test('large chunks are written by reference, small ones between them joined', () => {
  const { socket, buffer } = setUp();
  const large = chunk(10_000);

  buffer.cork();
  for (const each of [chunk(4), large, chunk(5), chunk(6), large]) buffer.append(each);
  buffer.uncork();

  assert.deepEqual(socket.sizes, [4, 10_000, 11, 10_000]);
});

test('the socket gets 64 KiB at a time, and the next when it has accepted those', async () => {
  const { socket, told, buffer } = setUp({ isOpen: false });

  buffer.append(chunk(150_000));
  buffer.flush();

  assert.deepEqual(socket.sizes, [65_536]);
  assert.equal(buffer.bufferedBytes, 150_000);
  assert.equal(buffer.state, 'handed');
  socket.takeAll();
  await turns();
  assert.deepEqual(socket.sizes, [65_536, 65_536, 18_928]);
  assert.equal(buffer.bufferedBytes, 0);
  assert.equal(buffer.acceptedBytes, 150_000);
  assert.deepEqual(told, ['blocked', 'drained', 'written', 'written']);
});

test('chunks keep their order through a socket that blocks at every write', async () => {
  const { socket, buffer } = setUp({ isOpen: false });
  const chunks = Array.from({ length: 60 }, (_, index) => chunk(index * 173, String(index % 10)));

  for (const each of chunks) {
    buffer.append(each);
    buffer.flush();
  }
  socket.takeAll();
  await turns(20);

  assert.deepEqual(Buffer.concat(socket.writes), Buffer.concat(chunks));
});

test('a send callback runs when its bytes were accepted, not before', async () => {
  const { socket, buffer } = setUp({ isOpen: false });
  const done: string[] = [];
  buffer.append(chunk(10), () => done.push('first'));
  buffer.append(chunk(70_000), () => done.push('second'));
  buffer.flush();

  assert.deepEqual(done, []);
  socket.takeAll();
  await turns();

  assert.deepEqual(done, ['first', 'second']);
});

test('messages flushed within a callback call back after it, however long the chain', () => {
  const { socket, buffer } = setUp();
  socket.on('error', () => {});
  let count = 0;
  const order: string[] = [];
  const sendNext = () => {
    order.push(`begin ${count}`);
    count += 1;
    if (count < 20_000) buffer.append(chunk(1), sendNext);
    buffer.flush();
    order.push('end');
  };

  buffer.append(chunk(1), sendNext);
  buffer.flush();

  assert.equal(buffer.acceptedBytes, 20_000);
  assert.deepEqual(order.slice(0, 4), ['begin 0', 'end', 'begin 1', 'end']);
});

test('within a call of the application no callback runs, not even about the end', async () => {
  const { buffer } = setUp();
  const told: string[] = [];
  buffer.append(chunk(1), () => told.push('taken'));
  buffer.flushWithinCall();
  buffer.append(chunk(1), (error) => told.push(String(error?.message)));

  buffer.stop('gone');

  assert.deepEqual(told, []);
  await turns(1);
  assert.deepEqual(told, ['taken', 'gone']);
});

test('control frames are sent at frame boundaries and in order, and every callback runs in time', async () => {
  for (let seed = 1; seed <= 50; seed += 1) await sendAnything(seed);
});

/** Random frames and splits by the socket; the wire is then parsed as a peer parses it. */
async function sendAnything(seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const { socket, buffer } = setUp({ isOpen: false });
  const sent = { data: [] as string[], control: [] as string[] };
  let unreported = 0;
  const recordAccepted = (frame: Buffer) => {
    unreported += 1;
    return () => {
      unreported -= 1;
      // Each frame contains its own number, so it occurs once.
      assert(Buffer.concat(socket.writes).includes(frame), `seed ${seed}`);
    };
  };
  for (let count = 1; count <= 40; count += 1) {
    const text = `${count}:`.padEnd(random.pick([6, 200, 5_000, 70_000]), '.');
    if (random.isOneIn(3)) {
      const frame = encodeMessage(OPCODES.ping, text.slice(0, 6));
      sent.control.push(text.slice(0, 6));
      buffer.append(frame, recordAccepted(frame), true);
    } else {
      const frame = encodeMessage(OPCODES.text, text);
      sent.data.push(text);
      const cut = headerBytesOf(frame);
      if (random.isOneIn(2)) buffer.append(frame, recordAccepted(frame));
      else {
        buffer.appendChunks([frame.subarray(0, cut), frame.subarray(cut)], recordAccepted(frame));
      }
    }
    if (random.isOneIn(4)) buffer.flush();
    if (random.isOneIn(3)) socket.letGo();
    if (random.isOneIn(4)) await turns(1);
  }
  socket.takeAll();
  await turns(20);

  assert.deepEqual(readFrames(Buffer.concat(socket.writes)), sent, `seed ${seed}`);
  assert.equal(unreported, 0, `seed ${seed}`);
}

/** The payloads, by kind. */
function readFrames(wire: Buffer) {
  const found = { data: [] as string[], control: [] as string[] };
  for (let at = 0; at < wire.length; ) {
    const [first = 0, second = 0] = wire.subarray(at);
    const headerBytes = headerBytesOf(wire.subarray(at));
    const length =
      second < 126
        ? second
        : second === 126
          ? wire.readUInt16BE(at + 2)
          : Number(wire.readBigUInt64BE(at + 2));
    const payload = String(wire.subarray(at + headerBytes, at + headerBytes + length));
    if (first === 0x89) found.control.push(payload);
    else found.data.push(payload);
    at += headerBytes + length;
  }
  return found;
}

test('callbacks waiting when the buffer stops get the reason, and nothing more is written', async () => {
  const { socket, buffer } = setUp({ isOpen: false });
  const failures: (Error | undefined)[] = [];
  buffer.append(chunk(10), (error) => failures.push(error));
  buffer.flush();
  buffer.append(chunk(20), (error) => failures.push(error));

  buffer.stop('gone');
  socket.takeAll();
  await turns();

  assert.deepEqual(
    failures.map((failure) => failure?.message),
    ['gone', 'gone'],
  );
  assert.deepEqual(socket.sizes, [10]);
  assert.equal(buffer.bufferedBytes, 0);
});

test('output for a socket that was destroyed is lost, not accepted', async () => {
  const { socket, buffer } = setUp();
  socket.on('error', () => {});
  const results: (string | undefined)[] = [];
  socket.destroy();

  buffer.append(chunk(10), (error) => results.push(error?.message));
  buffer.flush();
  await turns();
  assert.deepEqual(results, []);
  buffer.stop('gone');

  assert.deepEqual(results, ['gone']);
  assert.equal(buffer.acceptedBytes, 0);
});

test('the end comes after queued output', async () => {
  const { socket, buffer } = setUp({ isOpen: false });
  buffer.append(chunk(70_000));

  buffer.end();
  await turns();

  assert.equal(socket.writableEnded, false);
  socket.takeAll();
  await turns();
  assert.equal(socket.writableEnded, true);
  assert.equal(buffer.acceptedBytes, 70_000);
});

test('an empty buffer ends at the end of the turn', async () => {
  const { socket, buffer } = setUp();

  buffer.end();
  await turns(1);

  assert.equal(socket.writableEnded, true);
});

test('a second end does nothing: a turn for it would cost more than the close', () => {
  let scheduled = 0;
  class CountingQueue extends FlushQueue {
    override add(): void {
      scheduled += 1;
    }
  }
  const { socket, buffer } = setUp({ flushQueue: new CountingQueue() });

  buffer.end();
  buffer.flush();
  buffer.end();

  assert.equal(scheduled, 1);
  assert.equal(socket.writableEnded, true);
});
