/** Which kinds of rooms are direct or group rooms, and open without a join. */

import type { Room } from '../../model/room.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';

export function isDirectOrGroup({ kind }: Pick<Room, 'kind'>): boolean {
  return kind === 'direct' || kind === 'group';
}

/** Whether rooms of this kind open automatically on the connections of a dialect. */
export function isAutoSubscribed({ opens }: EventEncoder, { kind }: Pick<Room, 'kind'>): boolean {
  if (kind !== 'direct' && kind !== 'group') return false;
  return opens === undefined || opens.includes(kind);
}
