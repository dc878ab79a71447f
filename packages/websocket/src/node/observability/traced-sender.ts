/**
 * A sender that passes each message to the tracing hooks; connections have it only if tracing of
 * sent messages is on.
 */
import { OPCODES } from '../../protocol/opcodes.ts';
import { opcodeOf, payloadBytesOf } from '../send/message-encoder.ts';
import type { PreparedFrame } from '../send/prepared-frame.ts';
import type { SendCallback } from '../send/send-queue.ts';
import { type FragmentOptions, Sender, type SendOptions } from '../send/sender.ts';
import type { TracedMessage } from './trace-hooks.ts';

export type TraceSent = (message: TracedMessage) => (failure?: unknown) => void;

export class TracedSender extends Sender {
  readonly #trace: TraceSent;

  constructor(trace: TraceSent, ...rest: ConstructorParameters<typeof Sender>) {
    super(...rest);
    this.#trace = trace;
  }

  override sendMessage(
    opcode: number,
    data: string | Uint8Array,
    options: SendOptions = {},
  ): boolean {
    return this.#traced(opcode === OPCODES.binary, payloadBytesOf(data), options.done, (done) =>
      super.sendMessage(opcode, data, { ...options, done }),
    );
  }

  override sendFrame(frame: PreparedFrame, done?: SendCallback): boolean {
    const isBinary = opcodeOf(frame.bytes) === OPCODES.binary;
    return this.#traced(isBinary, frame.payloadBytes, done, (traced) =>
      super.sendFrame(frame, traced),
    );
  }

  override sendFragment(data: string | Uint8Array, options: FragmentOptions = {}): boolean {
    const isBinary = options.binary ?? typeof data !== 'string';
    return this.#traced(isBinary, payloadBytesOf(data), options.done, (done) =>
      super.sendFragment(data, { ...options, done }),
    );
  }

  #traced(
    isBinary: boolean,
    byteCount: number,
    done: SendCallback | undefined,
    send: (done: SendCallback) => boolean,
  ): boolean {
    const end = this.#trace({ isBinary, byteCount });
    try {
      return send((failure) => {
        end(failure);
        done?.(failure);
      });
    } catch (error) {
      end(error);
      throw error;
    }
  }
}
