/**
 * Promise 2 on each connection: from the snapshot on, every event of the room
 * once, in order, without a gap; an acknowledgement takes the position of its event.
 */
import type { Fault } from '../check.ts';
import type { History } from '../history.ts';
import { streamKey } from '../keys.ts';

export function* streamRule(history: History): Iterable<Fault> {
  /** The position of each open room on each connection. */
  const positions = new Map<string, number>();
  for (const entry of history) {
    if (entry.type === 'snapshot') positions.set(streamKey(entry), entry.headSequence);
    if (entry.type === 'closed') positions.delete(streamKey(entry));
    if (entry.type !== 'delivery' && entry.type !== 'ack') continue;

    const position = positions.get(streamKey(entry));
    // Without the room open there is no stream: a command over another interface.
    if (position === undefined) continue;
    const isAck = entry.type === 'ack';
    const sequence = isAck ? entry.sequence : entry.event.sequence;
    // The first answer to a duplicate may be older than everything that this connection received.
    if (isAck && entry.duplicate && sequence <= position) continue;
    if (sequence === position + 1) {
      positions.set(streamKey(entry), sequence);
      continue;
    }
    const what = isAck ? 'the acknowledgement of' : 'event';
    const text = `${entry.connection} had ${position} and was given ${what} ${sequence}`;
    yield { kind: kindOf(sequence, position, isAck), roomId: entry.roomId, text };
    positions.set(streamKey(entry), Math.max(position, sequence));
  }
}

function kindOf(sequence: number, position: number, isAck: boolean): Fault['kind'] {
  if (sequence > position) return isAck ? 'overtaken' : 'hole';
  return sequence === position ? 'twice' : 'out_of_order';
}
