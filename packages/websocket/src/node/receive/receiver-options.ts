/** Receiver options of an endpoint: limits from its options, the rest from what Node supports. */
import { freeNow } from '../../protocol/payload-buffer.ts';
import type { ReceiverOptions } from '../../protocol/receiver.ts';
import type { Role } from '../../protocol/role.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { allocateOwn } from './message-memory.ts';
import { handOutFor } from './shared-read-buffer.ts';

type ReceivingOptions = Pick<
  WebSocketServerOptions<never>,
  'maxFrameSize' | 'maxMessageSize' | 'maxFragments' | 'readBuffer'
>;

export function receiverOptions(sender: Role, options: ReceivingOptions): ReceiverOptions {
  return Object.freeze({
    sender,
    payloadBytesMax: options.maxFrameSize,
    messageBytesMax: options.maxMessageSize,
    fragmentCountMax: options.maxFragments,
    ownedReservedBits: 0,
    allocator: { allocate: allocateOwn, release: freeNow },
    ...handOutFor(options.readBuffer),
  });
}
