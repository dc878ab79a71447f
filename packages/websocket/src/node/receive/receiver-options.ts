/** Receiver options of an endpoint: limits from its options, the rest from what Node supports. */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { ReceiverOptions } from '../../protocol/message-assembler.ts';
import { freeNow } from '../../protocol/payload-buffer.ts';
import type { Role } from '../../protocol/role.ts';
import type { SizeLimits } from '../options/size-limits.ts';
import { allocateOwn } from './message-memory.ts';
import { BUFFER_POOL, copyTransient, copyTransientRun, viewRange } from './shared-read-buffer.ts';

export interface EndpointRules extends ReceiverOptions {
  /** For connections that agreed on compression. */
  readonly compressed: ReceiverOptions;
}

export function receiverOptions(
  sender: Role,
  options: Pick<SizeLimits, 'maxFrameSize' | 'maxMessageSize' | 'maxFragments' | 'readBuffer'>,
): EndpointRules {
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
