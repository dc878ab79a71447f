/** The decoder of the package, at a bounded cost. What it throws ends the connection, as an invalid packet does. */
import { checkJsonComplexity } from '@parley/protocol/validators';
import { Decoder } from 'socket.io-parser';

export class BoundedDecoder extends Decoder {
  override add(packet: unknown): void {
    if (typeof packet === 'string') checkJsonComplexity(packet);
    super.add(packet);
  }
}
