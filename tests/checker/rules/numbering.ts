/** A room's messages are ordered by number, none is above the head, no id or number repeats. */
import type { Fault } from '../check.ts';
import type { History } from '../history.ts';
import type { Truth } from '../truth.ts';

export function* numberingRule(_history: History, truth: Truth): Iterable<Fault> {
  for (const { roomId, headSequence, messages, byId } of truth.rooms) {
    const fault = (text: string): Fault => ({ kind: 'wrong_numbering', roomId, text });
    let previous = 0;
    for (const { id, sequence } of messages) {
      if (sequence <= previous) yield fault(`${id} has ${sequence} behind ${previous}`);
      if (sequence > headSequence)
        yield fault(`${id} has ${sequence}, the head is ${headSequence}`);
      previous = sequence;
    }
    if (byId.size !== messages.length) yield fault('an id stands at two numbers');
  }
}
