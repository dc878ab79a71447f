/** The decoder of the package, at a bounded cost. */
import { checkJsonComplexity } from '@parley/protocol/validators';
import { Decoder } from 'socket.io-parser';

/** An event up to its name: type, namespace, id of the acknowledgement. */
const EVENT_HEAD = /^2(?:\/[^,]{0,128},)?\d{0,16}\["(?:[^"\\]|\\.){0,128}"/;

export class BoundedDecoder extends Decoder {
  /**
   * An event with more values than any command has is refused as one whose payload is not an
   * object. What is thrown for another packet ends the connection, as an invalid packet does.
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
