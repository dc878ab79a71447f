/** One fuzzing client: valid traffic with one mutation, over its own socket. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Transcript } from '../conformance/support/transcript.ts';
import { upgradeRequest } from '../support/raw-peer.ts';
import { connectSocket } from '../support/transport.ts';
import { inTime } from '../support/wait.ts';
import { mutate } from './mutations.ts';
import { expectAnswers } from './oracle.ts';
import { SeededRandom } from './seeded-random.ts';
import { makeTraffic } from './traffic.ts';

const FRAMES_PER_SESSION = 240;

/** Each piece takes a turn of the event loop. */
const PIECES_MAX = 200;

/** Maximum bytes that a failure shows. */
const SHOWN_BYTES_MAX = 1_000;

interface SessionPlan {
  readonly port: number;
  readonly isTls: boolean;
  readonly seed: number;
  readonly index: number;
}

type Address = Pick<SessionPlan, 'port' | 'isTls'>;

/**
 * Runs the session of this seed and index, and asserts each answer of the server
 * to the end of TCP. Returns how many frames the server has read.
 */
export async function playSession({ port, isTls, seed, index }: SessionPlan): Promise<number> {
  const random = SeededRandom.forPart(seed, index);
  const isDeflated = random.isOneIn(6);
  const trafficCounters = makeTraffic(random, { count: FRAMES_PER_SESSION, isDeflated });
  const address = { port, isTls };
  const { stream, mutation } = mutate(trafficCounters, random);
  try {
    if (random.isOneIn(20)) return await breakOff(address, stream, random);
    const said = await send({ ...address, stream, isDeflated, random });
    // The oracle cannot inflate: the test only requires that the session ends correctly.
    if (isDeflated) return 0;
    const { lines, frameCount } = expectAnswers(stream);
    const order = isTls ? pongsFirst : inOrder;
    assert.deepEqual(order(said), order(lines));
    return frameCount;
  } catch (cause) {
    const shown = stream.subarray(0, SHOWN_BYTES_MAX).toString('hex');
    throw new Error(`FUZZ_SEED=${seed}, session ${index}, ${mutation}: ${cause}\n${shown}`, {
      cause,
    });
  }
}

function inOrder(lines: readonly string[]): readonly string[] {
  return lines;
}

/**
 * Pongs overtake messages that wait for the peer. Over TLS every write completes later, so that
 * messages wait even for a peer that reads.
 */
function pongsFirst(lines: readonly string[]): readonly string[] {
  const isPong = (line: string) => line.startsWith('pong');
  return [...lines.filter(isPong), ...lines.filter((line) => !isPong(line))];
}

interface Sending extends Address {
  readonly stream: Buffer;
  readonly isDeflated: boolean;
  readonly random: SeededRandom;
}

/** Sends in pieces, half-closes, and reads until the server ends. */
async function send({ port, isTls, stream, isDeflated, random }: Sending): Promise<string[]> {
  const request = upgradeRequest(
    isDeflated ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' } : {},
  );
  const { socket } = connectSocket(port, isTls);
  const said = hear(socket);
  // Awaited after everything was sent.
  said.catch(() => {});
  try {
    // Frames right after the request are legal, and must not be lost.
    socket.write(request);
    for (const piece of cut(stream, random)) {
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
      if (random.isOneIn(3)) await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    return await inTime(said, 'the server to end');
  } finally {
    socket.destroy();
  }
}

/** Disconnects in the middle without a close, like a failing network. */
async function breakOff(
  { port, isTls }: Address,
  stream: Buffer,
  random: SeededRandom,
): Promise<number> {
  const { socket, tcp } = connectSocket(port, isTls);
  socket.on('error', () => {});
  socket.write(upgradeRequest());
  const part = stream.subarray(0, random.below(stream.length + 1));
  await inTime(new Promise<void>((resolve) => socket.write(part, () => resolve())), 'the bytes');
  if (random.isOneIn(2)) tcp.resetAndDestroy();
  socket.destroy();
  return 0;
}

function hear(socket: Socket): Promise<string[]> {
  const transcript = new Transcript();
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('end', () => resolve(transcript.lines));
    socket.on('data', (chunk) => {
      try {
        if (head === undefined) return transcript.push(chunk);
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        assert.match(head.toString('latin1', 0, end), /^HTTP\/1.1 101 /);
        transcript.push(head.subarray(end + 4));
        head = undefined;
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** In one piece, a few large pieces, or many small ones. */
function cut(stream: Buffer, random: SeededRandom): Buffer[] {
  const wanted = random.pick([stream.length, stream.length, 4_096, 1 + random.below(2_000), 97]);
  const size = Math.max(wanted, Math.ceil(stream.length / PIECES_MAX));
  const pieces: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
  return pieces;
}
