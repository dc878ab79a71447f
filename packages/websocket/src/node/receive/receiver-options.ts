/** Receiver options of an endpoint: limits from its options, the rest from what Node supports. */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { ReceiverOptions } from '../../protocol/message-assembler.ts';
import { freeNow } from '../../protocol/payload-buffer.ts';
import type { Role } from '../../protocol/role.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { allocateOwn } from './message-memory.ts';
import { BUFFER_POOL, copyTransient, copyTransientRun, viewRange } from './shared-read-buffer.ts';

type ReceivingOptions = Pick<
  WebSocketServerOptions<never>,
  'maxFrameSize' | 'maxMessageSize' | 'maxFragments' | 'readBuffer'
>;

export interface EndpointRules extends ReceiverOptions {
  /** For connections that agreed on compression. */
  readonly compressed: ReceiverOptions;
}

export function receiverOptions(sender: Role, options: ReceivingOptions): EndpointRules {
  const isShared = options.readBuffer === 'shared';
  const rules = {
    sender,
    payloadBytesMax: options.maxFrameSize,
    messageBytesMax: options.maxMessageSize,
    fragmentCountMax: options.maxFragments,
    ownedReservedBits: 0,
    allocator: { allocate: allocateOwn, release: freeNow },
    bufferPool: options.readBuffer === 'own' ? undefined : BUFFER_POOL,
    handOut: isShared ? copyTransient : viewRange,
    handOutRun: isShared ? copyTransientRun : undefined,
  };
  const compressed = Object.freeze({ ...rules, ownedReservedBits: COMPRESSED_BIT });
  return Object.freeze({ ...rules, compressed });
}
