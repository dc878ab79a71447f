import type { Epoch, MessageId } from '@parley/protocol';
import type { Position } from '../../model/room-state.ts';

/** Position that a client claims to have reached; the store verifies it. */
export function toPosition({
  lastSequence,
  epoch,
  lastId,
}: {
  readonly lastSequence?: number | undefined;
  readonly epoch?: string | undefined;
  readonly lastId?: string | undefined;
}): Position | undefined {
  if (lastSequence === undefined) return undefined;
  return {
    lastSequence,
    epoch: epoch as Epoch | undefined,
    lastId: lastId as MessageId | undefined,
  };
}
