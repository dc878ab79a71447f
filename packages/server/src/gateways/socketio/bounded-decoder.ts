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
/** Replaces every attachment: no command has binary fields, and the package would keep ten of any size. */
const NO_BYTES = Buffer.alloc(0);

export class BoundedDecoder extends Decoder {
  /**
   * Rejects an event with more values than any command has, like an event whose payload is not an
   * object. An error for any other packet closes the connection, as an invalid packet does.
   */
  override add(packet: unknown): void {
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
}

/** @throws {ChatError} VALIDATION_ERROR. */
function checkKeptLength(packet: string): void {
  if (packet.length <= KEPT_LENGTH_MAX || !WITH_ATTACHMENTS.test(packet)) return;
  throw new ChatError('VALIDATION_ERROR', { message: 'A packet with attachments is too long' });
}
