/**
 * Computes the echo server's correct answer to a stream of bytes with the pure receiver,
 * which gets the bytes frame by frame, while the server gets them split at random.
 */
import { ERROR_CODES } from '../../src/protocol/errors.ts';
import { stepFrameHeader } from '../../src/protocol/frame-header.ts';
import { type ReceivedEvent, Receiver } from '../../src/protocol/receiver.ts';
import { showControl, showMessage } from '../conformance/support/transcript.ts';

/** The options of the fuzzed server. */
export const MESSAGE_BYTES_MAX = 100_000;
export const FRAGMENT_COUNT_MAX = 200;

const RULES = {
  sender: 'client',
  payloadBytesMax: MESSAGE_BYTES_MAX,
  messageBytesMax: MESSAGE_BYTES_MAX,
  fragmentCountMax: FRAGMENT_COUNT_MAX,
  handOut: (bytes: Uint8Array, start: number, end: number) => bytes.subarray(start, end),
  ownedReservedBits: 0,
} as const;

interface Expectation {
  readonly lines: readonly string[];
  /** Frames that are read until the connection ends, including an invalid last one. */
  readonly frameCount: number;
}

export function expectAnswers(stream: Uint8Array): Expectation {
  const receiver = new Receiver(RULES);
  const lines: string[] = [];
  let frameCount = 0;
  let hasEnded = false;
  for (const frame of cutIntoFrames(stream)) {
    frameCount += 1;
    receiver.push(frame);
    for (let event = receiver.next(); event !== undefined; event = receiver.next()) {
      const line = answerTo(event);
      if (line !== undefined) lines.push(line);
      hasEnded = event.kind === 'close' || event.kind === 'violation';
    }
    if (hasEnded) break;
  }
  return { lines, frameCount };
}

/** The bytes of each frame; the last item contains an invalid or incomplete frame and all later bytes. */
function* cutIntoFrames(stream: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (;;) {
    const step = stepFrameHeader(stream, start, RULES);
    if (step?.kind !== 'header') break;
    const end = start + step.byteCount + step.payloadBytes;
    if (end > stream.length) break;
    yield Uint8Array.from(stream.subarray(start, end));
    start = end;
  }
  if (start < stream.length) yield Uint8Array.from(stream.subarray(start));
}

function answerTo(event: ReceivedEvent): string | undefined {
  switch (event.kind) {
    case 'message':
      return showMessage(event.isBinary ? 0x2 : 0x1, event.data);
    case 'ping':
      return showControl(0xa, Buffer.from(event.payload));
    // Without the extension nothing is compressed.
    case 'compressed':
    case 'compressed-piece':
    case 'fragment':
    case 'pong':
      return undefined;
    case 'close':
      return event.code === 1005 ? 'close' : `close ${event.code}`;
    case 'violation':
      return `close ${ERROR_CODES[event.code].closeCode}`;
  }
}
