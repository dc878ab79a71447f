/** Decoder of the `socket.io` package with a bounded cost. */
import { checkJsonComplexity } from '@parley/protocol/validators';
import { Decoder } from 'socket.io-parser';

/** Start of an event, before its name: type, namespace, acknowledgement id. */
const EVENT_HEAD = /^2(?:\/[^,]{0,128},)?\d{0,16}\["(?:[^"\\]|\\.){0,128}"/;

export class BoundedDecoder extends Decoder {
  /**
   * Rejects an event with more values than any command has, like an event whose payload is not an
   * object. An error for any other packet closes the connection, as an invalid packet does.
   */
  override add(packet: unknown): void {
    if (typeof packet !== 'string') {
      super.add(packet);
      return;
    }
    try {
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
