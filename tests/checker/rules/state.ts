/** Promise 3, the state: what a client shows equals freshly fetched data. */
import type { Fault } from '../check.ts';
import type { HeldMessage, History } from '../history.ts';
import type { FetchedRoom, Truth } from '../truth.ts';

export function* stateRule(history: History, truth: Truth): Iterable<Fault> {
  for (const entry of history) {
    if (entry.type !== 'shown') continue;
    const room = truth.room(entry.roomId);
    // Data shown before the end is judged by the rule of its stream, not by the final state.
    if (room === undefined || entry.headSequence !== room.headSequence) continue;
    for (const text of differences(entry.messages, room)) {
      const told = `${entry.connection} of ${entry.userId}: ${text}`;
      yield { kind: 'wrong_state', roomId: entry.roomId, text: told };
    }
  }
}

function* differences(shown: readonly HeldMessage[], room: FetchedRoom): Iterable<string> {
  // A client may hold only the newest messages; above its oldest, none may be missing.
  const oldest = shown[0]?.sequence ?? room.headSequence + 1;
  const bySequence = new Map(shown.map((message) => [message.sequence, message]));
  for (const fetched of room.messages) {
    if (fetched.sequence < oldest) continue;
    const held = bySequence.get(fetched.sequence);
    if (held === undefined) yield `${fetched.sequence} is missing`;
    else if (canonical(held) !== canonical(fetched)) {
      yield `${fetched.sequence} is ${canonical(held)}, fetched ${canonical(fetched)}`;
    }
  }
  for (const { sequence } of shown) {
    // Messages on the screen stay there until they are loaded again.
    if (!room.bySequence.has(sequence) && !room.mayBeGone({ sequence }))
      yield `${sequence} is shown, and was not fetched`;
  }
}

function canonical(message: HeldMessage): string {
  const { id, sequence, userId, content, edited, deleted, pinned, reactions = [] } = message;
  const flags = [edited === true, deleted === true, pinned === true];
  const { attachments = [] } = message;
  return JSON.stringify([id, sequence, userId, content, flags, [...reactions].sort(), attachments]);
}
