/** Writes without the stream of a real socket, whose peer reads at once, slowly or never. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { getSystemErrorName } from 'node:util';
import { readIntoSharedBuffer } from '../../../src/node/receive/shared-read-buffer.ts';
import {
  canWriteDirectly,
  findNewRequest,
  writeDirectly,
} from '../../../src/node/send/direct-write.ts';
import { WITH_INTERNALS } from '../../support/node-internals.ts';
import { connectPair, readBytes } from '../../support/socket-pair.ts';
import { turns, until } from '../../support/wait.ts';

const noOwner = { handleTaken: () => assert.fail('no write is pending') };
const part = (letter: string) => Buffer.alloc(1_000_000, letter);

test(
  'bytes that the system accepts at once arrive, in one chunk or several',
  WITH_INTERNALS,
  async (t) => {
    const { ours, theirs } = await connectPair(t);

    assert.equal(writeDirectly(ours, [Buffer.from('one ')], noOwner), 'accepted');
    const chunks = [Buffer.from('and '), Buffer.from('another')];
    assert.equal(writeDirectly(ours, chunks, noOwner), 'accepted');

    assert.equal((await readBytes(theirs, 15)).toString(), 'one and another');
  },
);

test(
  'a pending write calls back once, and other sockets write meanwhile',
  WITH_INTERNALS,
  async (t) => {
    const slow = await connectPair(t);
    const quick = await connectPair(t);
    let taken = 0;
    const owner = { handleTaken: () => (taken += 1) };
    let count = 1;
    while (writeDirectly(slow.ours, [part('a'), part('b')], owner) === 'accepted') count += 1;

    assert.equal(writeDirectly(quick.ours, [Buffer.from('quick')], noOwner), 'accepted');
    assert.equal((await readBytes(quick.theirs, 5)).toString(), 'quick');

    const bytes = await readBytes(slow.theirs, count * 2_000_000);
    const pair = Buffer.concat([part('a'), part('b')]);
    assert.ok(bytes.equals(Buffer.alloc(bytes.length, pair)));
    await until(() => taken > 0);
    await turns(2);
    assert.equal(taken, 1);
  },
);

test(
  'a pending write to a peer that goes away destroys the socket, once',
  WITH_INTERNALS,
  async (t) => {
    const { ours, theirs } = await connectPair(t);
    const errors: Error[] = [];
    ours.on('error', (error) => errors.push(error));
    while (writeDirectly(ours, [part('x')], noOwner) === 'accepted');

    theirs.resetAndDestroy();
    await until(() => ours.closed);

    assert.equal(errors.length, 1);
    assert.equal(writeDirectly(ours, [part('x')], noOwner), 'refused');
  },
);

test('the error of a pending write has the code of the system', WITH_INTERNALS, async (t) => {
  const { ours, theirs } = await connectPair(t);
  // A read would report the error first.
  readIntoSharedBuffer(ours, () => true);
  ours.pause();
  const errors: NodeJS.ErrnoException[] = [];
  ours.on('error', (error) => errors.push(error));
  while (writeDirectly(ours, [part('x')], noOwner) === 'accepted');

  theirs.resetAndDestroy();
  await until(() => errors.length > 0);

  const [{ code, errno, syscall, message } = {} as NodeJS.ErrnoException] = errors;
  assert.equal(syscall, 'write');
  assert.equal(message, `write ${code}`);
  assert.equal(getSystemErrorName(errno ?? 0), code);
});

test(
  'a socket that has bytes of its own to write, or a timeout, writes itself',
  WITH_INTERNALS,
  async (t) => {
    const waiting = await connectPair(t);
    while (waiting.ours.write(part('x')));
    assert.equal(writeDirectly(waiting.ours, [part('y')], noOwner), 'refused');

    const timed = await connectPair(t);
    timed.ours.setTimeout(60_000);
    assert.equal(writeDirectly(timed.ours, [Buffer.from('z')], noOwner), 'refused');
    timed.ours.setTimeout(0);
    assert.equal(writeDirectly(timed.ours, [Buffer.from('z')], noOwner), 'accepted');
  },
);

test('only sockets of the system are written directly', WITH_INTERNALS, async (t) => {
  const { ours } = await connectPair(t);

  assert.equal(canWriteDirectly(ours), true);
  assert.equal(canWriteDirectly(new PassThrough()), false);
  assert.equal(canWriteDirectly(new Socket()), false);
});

test('a Node whose sockets write another way does not fail', () => {
  class OtherSocket extends Socket {
    override write(): boolean {
      return true;
    }
  }

  assert.notEqual(findNewRequest(), undefined);
  assert.equal(findNewRequest(OtherSocket), undefined);
});
