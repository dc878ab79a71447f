/** Sends frames that are encoded once for many sockets, as engine.io does for broadcasts. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { maskFrame } from '../node/client/client-mask.ts';
import type { Endpoint } from '../node/connection/endpoint.ts';
import { encodeHeader } from '../node/send/message-encoder.ts';
import { COMPRESSED_BIT } from '../protocol/deflate-parameters.ts';
import { FINAL_BIT } from '../protocol/frame-header.ts';

interface FrameOptions {
  readonly opcode: number;
  readonly fin?: boolean | undefined;
  readonly rsv1?: boolean | undefined;
  readonly mask?: boolean | undefined;
  /** Has no effect: given data is never modified. */
  readonly readOnly?: boolean | undefined;
}

export class Sender {
  readonly #endpoint: Endpoint<unknown>;

  constructor(endpoint: Endpoint<unknown>) {
    this.#endpoint = endpoint;
  }

  static frame(data: string | Uint8Array, options: FrameOptions): Buffer[] {
    const { opcode, fin = false, rsv1 = false, mask = false } = options;
    const payload = Buffer.from(data);
    const header = encodeHeader(opcode, payload.length);
    header[0] = (fin ? FINAL_BIT : 0) | (rsv1 ? COMPRESSED_BIT : 0) | opcode;
    if (mask) {
      return [maskFrame(Buffer.concat([header, payload]), randomBytes(4).readUInt32BE())];
    }
    return payload.length === 0 ? [header] : [header, payload];
  }

  /** Sends a whole unmasked frame, in parts. For the sockets of a server. */
  sendFrame(parts: readonly (string | Uint8Array)[], done?: (error?: Error) => void): void {
    const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
    this.#endpoint.sender.sendEncoded(bytes, done);
  }
}
