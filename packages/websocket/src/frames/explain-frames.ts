/**
 * Explains captured bytes of one direction of a connection, frame by frame, with the parser of the
 * engine: the first violation that it finds is the one that an endpoint would close with.
 */
import { Buffer } from 'node:buffer';
import { createCompressionService } from '../node/deflate/compression-service.ts';
import { MessageInflater } from '../node/deflate/message-inflater.ts';
import { receiverOptions } from '../node/receive/receiver-options.ts';
import { CLOSE_CODES, NO_STATUS_RECEIVED } from '../protocol/close-codes.ts';
import type { CloseFrame } from '../protocol/close-payload.ts';
import { COMPRESSED_BIT, WINDOW_BITS_MAX } from '../protocol/deflate-parameters.ts';
import { ERROR_CODES, type Violation, type ViolationCode } from '../protocol/errors.ts';
import { MASK_BIT, MASK_KEY_BYTES, RESERVED_BITS } from '../protocol/frame-header.ts';
import type { CompressedMessage, Message } from '../protocol/message-assembler.ts';
import { isControlOpcode, OPCODES } from '../protocol/opcodes.ts';
import {
  type FrameObserver,
  type ObservedHeader,
  type ReceivedEvent,
  Receiver,
} from '../protocol/receiver.ts';
import type { Role } from '../protocol/role.ts';
import { BROKEN_RULES } from './broken-rules.ts';
import { count, quote, toHex } from './format.ts';

export interface ExplainOptions {
  /** The side that has sent the bytes. Default: by the mask of the first frame. */
  readonly from?: Role | undefined;
  /** Whether permessage-deflate was agreed on. */
  readonly hasDeflate: boolean;
  /** A larger message, also after it is inflated, is not read. */
  readonly messageBytesMax: number;
  /** Bytes of each payload that are shown. */
  readonly shownBytes: number;
}

const INDENT = '  ';

/** Explains the frames, line by line, and returns whether all of them are valid and complete. */
export async function* explainFrames(
  bytes: Uint8Array,
  options: ExplainOptions,
): AsyncGenerator<string, boolean> {
  const explanation = new Explanation(bytes, options);
  const isValid = yield* explanation.explain();
  yield explanation.summary;
  return isValid;
}

/** The sender by the mask of the first frame: clients mask all frames, servers none. */
function senderOf(bytes: Uint8Array): Role {
  return ((bytes[1] ?? 0) & MASK_BIT) === 0 ? 'server' : 'client';
}

class Explanation implements FrameObserver {
  readonly #bytes: Uint8Array;
  readonly #options: ExplainOptions;
  readonly #receiver: Receiver;
  readonly #inflater: MessageInflater;
  /** Lines about the bytes that were parsed last. */
  #lines: string[] = [];
  /** Bytes before the frame that is parsed. */
  #offset = 0;
  #frameCount = 0;
  #messageCount = 0;
  #failureCount = 0;
  #frame: ObservedHeader | undefined;
  #shown = Buffer.alloc(0);
  #missingBytes = 0;
  #isMasked = false;
  #fragments = 0;
  #isCompressed = false;

  constructor(bytes: Uint8Array, options: ExplainOptions) {
    const { from = senderOf(bytes), hasDeflate, messageBytesMax: maxMessageSize } = options;
    this.#bytes = bytes;
    this.#options = options;
    const rules = receiverOptions(from, {
      maxFrameSize: maxMessageSize,
      maxMessageSize,
      maxFragments: Number.MAX_SAFE_INTEGER,
      readBuffer: 'own',
    });
    this.#receiver = new Receiver(hasDeflate ? rules.compressed : rules, this);
    const service = createCompressionService({ perMessageDeflate: true, maxMessageSize });
    // Messages that do not refer to earlier ones are inflated with these parameters as well.
    const context = { windowBits: WINDOW_BITS_MAX, isKept: true };
    // It exists, since compression is on.
    this.#inflater = new MessageInflater(service as NonNullable<typeof service>, context);
  }

  get summary(): string {
    const failures = this.#failureCount === 0 ? 'no error' : count(this.#failureCount, 'error');
    return `${count(this.#frameCount, 'frame')}, ${count(this.#messageCount, 'message')}, ${failures}`;
  }

  async *explain(): AsyncGenerator<string, boolean> {
    // A copy: payloads are unmasked in place.
    this.#receiver.push(Uint8Array.from(this.#bytes));
    for (;;) {
      const event = this.#receiver.next();
      if (event !== undefined) await this.#explainEvent(event);
      yield* this.#lines;
      this.#lines = [];
      if (event === undefined) break;
      if (event.kind !== 'close' && event.kind !== 'violation') continue;
      yield* this.#explainRest(event.kind);
      return this.#failureCount === 0;
    }
    yield* this.#explainEnd();
    return this.#failureCount === 0;
  }

  // Of the observer: what the parser sees before it returns an event.

  handleHeader(header: ObservedHeader, headerBytes: Uint8Array): void {
    this.#frameCount += 1;
    this.#frame = header;
    this.#shown = Buffer.alloc(0);
    this.#missingBytes = header.payloadBytes;
    this.#isMasked = ((headerBytes[1] ?? 0) & MASK_BIT) !== 0;
    if (!isControlOpcode(header.opcode)) {
      if (header.opcode !== OPCODES.continuation) {
        this.#fragments = 0;
        this.#isCompressed = (header.reservedBits & COMPRESSED_BIT) !== 0;
      }
      this.#fragments += 1;
    }
    const { opcode, payloadBytes } = header;
    const size = payloadBytes === 0 ? 'no payload' : `${count(payloadBytes, 'byte')} of payload`;
    this.#lines.push(
      `frame ${this.#frameCount} at byte ${this.#offset}: ${nameOf(opcode)}, ${size}`,
      ...describeHeader(headerBytes),
    );
    this.#offset += headerBytes.length + payloadBytes;
    if (payloadBytes === 0) this.#frame = undefined;
  }

  handlePayload(payload: Uint8Array): void {
    if (this.#frame === undefined) return;
    const isFirst = this.#missingBytes === this.#frame.payloadBytes;
    this.#missingBytes -= payload.length;
    // A frame that is complete arrives in one piece, as all bytes are there.
    if (isFirst) this.#shown = Buffer.from(payload.subarray(0, this.#options.shownBytes));
    const isLonger = payload.length > this.#shown.length;
    const end = isLonger ? ` … (${count(payload.length - this.#shown.length, 'more byte')})` : '';
    if (this.#shown.length > 0) {
      this.#lines.push(
        `${INDENT}${toHex(this.#shown)}${end}: payload${this.#isMasked ? ', without its mask' : ''}`,
      );
    }
    if (this.#missingBytes === 0) this.#frame = undefined;
  }

  handleInvalidHeader(_code: ViolationCode, bytes: Uint8Array): void {
    this.#frameCount += 1;
    this.#lines.push(
      `frame ${this.#frameCount} at byte ${this.#offset}: not valid`,
      ...describeHeader(bytes),
    );
    this.#offset += bytes.length;
  }

  handleInvalidText(position: number): void {
    this.#lines.push(`${INDENT}valid UTF-8 up to byte ${position} of the message`);
  }

  async #explainEvent(event: ReceivedEvent): Promise<void> {
    switch (event.kind) {
      case 'message':
        this.#explainMessage(event, '');
        break;
      case 'compressed':
        await this.#explainCompressed(event);
        break;
      case 'compressed-piece':
      case 'fragment':
        this.#lines.push(`${INDENT}= fragment ${this.#fragments} of a message that goes on`);
        break;
      case 'ping':
      case 'pong':
        this.#lines.push(`${INDENT}= ${event.kind}${contentOf(event.payload)}`);
        break;
      case 'close':
        this.#lines.push(`${INDENT}= close: ${describeClose(event)}`);
        break;
      case 'violation':
        this.#explainViolation(event);
        break;
    }
  }

  #explainMessage({ data, isBinary }: Pick<Message, 'data' | 'isBinary'>, note: string): void {
    this.#messageCount += 1;
    const { shownBytes } = this.#options;
    const size = `${count(data.length, 'byte')} in ${count(this.#fragments, 'frame')}${note}`;
    const text = isBinary ? '' : `: ${quote(Buffer.from(data).toString(), shownBytes)}`;
    this.#lines.push(`${INDENT}= ${isBinary ? 'binary' : 'text'} message, ${size}${text}`);
  }

  async #explainCompressed(message: CompressedMessage): Promise<void> {
    const { data, isBinary } = message;
    const note = `, inflated from ${count(data.length, 'byte')}`;
    const inflated = await this.#inflater.inflate(message);
    if (typeof inflated !== 'string') {
      this.#explainMessage({ data: inflated, isBinary }, note);
    } else if (inflated === 'INVALID_COMPRESSED_DATA') {
      this.#explainViolation({ kind: 'violation', code: inflated });
      this.#lines.push(`${INDENT}Or it refers to earlier messages, which are not in the input.`);
    } else {
      const detail = `the message inflates to more than ${this.#options.messageBytesMax} bytes`;
      const isTooBig = inflated === 'MESSAGE_TOO_BIG';
      this.#explainViolation({ kind: 'violation', code: inflated, ...(isTooBig && { detail }) });
    }
  }

  #explainViolation({ code, detail = ERROR_CODES[code].message }: Violation): void {
    this.#failureCount += 1;
    const { closeCode } = ERROR_CODES[code];
    this.#lines.push(
      `${INDENT}! ${code}: ${detail}`,
      `${INDENT}  ${BROKEN_RULES[code]}`,
      `${INDENT}  An endpoint closes with ${describeCode(closeCode)}.`,
    );
  }

  *#explainRest(kind: 'close' | 'violation'): Generator<string> {
    const byteCount = this.#bytes.length - this.#offset;
    if (byteCount <= 0) return;
    const reason = kind === 'close' ? 'after a close frame (RFC 6455, section 5.5.1)' : 'after it';
    yield `${count(byteCount, 'byte')} ${reason}: not read`;
  }

  *#explainEnd(): Generator<string> {
    const fault = this.#findMissing();
    if (fault === undefined) return;
    this.#failureCount += 1;
    yield `! The input ends ${fault}.`;
  }

  #findMissing(): string | undefined {
    const { isUnfinished, isAssembling } = this.#receiver;
    if (this.#missingBytes > 0) {
      return `inside a payload: ${count(this.#missingBytes, 'byte')} missing`;
    }
    const headerBytes = this.#bytes.length - this.#offset;
    if (headerBytes > 0) return `inside a header, after ${count(headerBytes, 'byte')} of it`;
    const kind = this.#isCompressed ? 'compressed message' : 'message';
    return isUnfinished && isAssembling ? `inside a ${kind}: a final frame is missing` : undefined;
  }
}

/** The fields of a header, complete or not, a line for each. */
function describeHeader(bytes: Uint8Array): string[] {
  const [first = 0, second = 0] = bytes;
  const reserved = ((first & RESERVED_BITS) >> 4).toString(2).padStart(3, '0');
  const opcode = first & 0x0f;
  const lengthCode = second & 0x7f;
  const lengthBytes = lengthCode === 127 ? 8 : lengthCode === 126 ? 2 : 0;
  const isMasked = (second & MASK_BIT) !== 0;
  const form = lengthBytes === 0 ? '' : `: ${lengthBytes * 8} bits follow`;
  const fields = [
    [1, `FIN ${first >> 7}, RSV ${reserved}, opcode ${opcode} (${nameOf(opcode)})`],
    [1, `MASK ${Number(isMasked)}, length ${lengthCode}${form}`],
    [lengthBytes, `length ${lengthOf(bytes.subarray(2, 2 + lengthBytes))}`],
    [isMasked ? MASK_KEY_BYTES : 0, 'mask key'],
  ] as const;
  let end = 0;
  return fields.flatMap(([byteCount, text]) => {
    const part = bytes.subarray(end, end + byteCount);
    end += byteCount;
    return byteCount > 0 && part.length === byteCount ? [`${INDENT}${toHex(part)}: ${text}`] : [];
  });
}

function lengthOf(bytes: Uint8Array): bigint {
  return bytes.reduce((length, byte) => (length << 8n) | BigInt(byte), 0n);
}

function nameOf(opcode: number): string {
  const [name] = Object.entries(OPCODES).find(([, each]) => each === opcode) ?? [];
  return name ?? 'reserved';
}

function contentOf(payload: Uint8Array): string {
  return payload.length === 0 ? '' : `: ${quote(Buffer.from(payload).toString(), payload.length)}`;
}

function describeClose({ code, reason }: CloseFrame): string {
  if (code === NO_STATUS_RECEIVED) return 'without a code, reported as 1005';
  return `${describeCode(code)}${reason === '' ? '' : `, ${quote(reason, reason.length)}`}`;
}

function describeCode(code: number): string {
  const name = CLOSE_CODES[code]?.name;
  if (name !== undefined) return `${code} ${name}`;
  return `${code} (${code < 4000 ? 'registered with IANA' : 'private'})`;
}
