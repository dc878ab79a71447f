/** Decoder of the `socket.io` package with a bounded cost. */
import { ChatError } from '@parley/protocol';
import { checkJsonComplexity } from '@parley/protocol/validators';
import { Decoder } from 'socket.io-parser';

/** Start of an event, before its name: type, number of attachments, namespace, acknowledgement id. */
const EVENT_HEAD = /^(?:2|5\d{1,2}-)(?:\/[^,]{0,128},)?\d{0,16}\["(?:[^"\\]|\\.){0,128}"/;
/** Start of a packet that the package keeps until its attachments have arrived. */
const WITH_ATTACHMENTS = /^[56]/;
/** Maximum length of such a packet. */
const KEPT_LENGTH_MAX = 4096;
/** A CONNECT packet. The only namespace is `/`, which clients leave out. */
const CONNECT = /^0(?!\/)/;
/** Maximum length of all packets that wait until a client is admitted; the gate limits their number. */
const EARLY_LENGTH_MAX = 32 * 1024;
/** Replaces every attachment: no command has binary fields, and the package would keep ten of any size. */
const NO_BYTES = Buffer.alloc(0);

export class BoundedDecoder extends Decoder {
  /** Packets that arrived after a CONNECT that is not decided yet. */
  #early: (string | Buffer)[] | undefined;
  #earlyLength = 0;

  /** Ends the wait for the decision on a CONNECT, and returns the packets that have arrived meanwhile. */
  takeEarly(): readonly (string | Buffer)[] {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#earlyLength = 0;
    return early;
  }

  /**
   * Keeps what follows a CONNECT until it is decided: some clients send at once, and the package would
   * close their connection. Rejects an event with more values than any command has, like an event whose payload is not an
   * object. An error for any other packet closes the connection, as an invalid packet does.
   */
  override add(packet: unknown): void {
    const isConnect = typeof packet === 'string' && CONNECT.test(packet);
    if (this.#early !== undefined && !isConnect) {
      this.#keep(typeof packet === 'string' ? packet : NO_BYTES);
      return;
    }
    if (isConnect) this.#early ??= [];
    if (typeof packet !== 'string') {
      super.add(NO_BYTES);
      return;
    }
    try {
      checkKeptLength(packet);
      checkJsonComplexity(packet);
    } catch (error) {
      const [head] = EVENT_HEAD.exec(packet) ?? [];
      if (head === undefined) throw error;
      super.add(`${head},"too complex"]`);
      return;
    }
    super.add(packet);
  }

  #keep(packet: string | Buffer): void {
    this.#earlyLength += packet.length;
    if (this.#earlyLength > EARLY_LENGTH_MAX) throw new ChatError('VALIDATION_ERROR');
    this.#early?.push(packet);
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
function checkKeptLength(packet: string): void {
  if (packet.length <= KEPT_LENGTH_MAX || !WITH_ATTACHMENTS.test(packet)) return;
  throw new ChatError('VALIDATION_ERROR', { message: 'A packet with attachments is too long' });
}
