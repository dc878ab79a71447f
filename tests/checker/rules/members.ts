/** At rest, every client shows the same users in a room, each once, with the same presence. */
import type { Fault } from '../check.ts';
import type { HeldMember, History } from '../history.ts';

export function* membersRule(history: History): Iterable<Fault> {
  const present = new Map<string, string>();
  for (const entry of history) {
    if (entry.type === 'present') present.set(entry.roomId, canonical(entry.members));
    if (entry.type !== 'members') continue;
    const { roomId, connection, source, members, count } = entry;
    const right = present.get(roomId);
    if (right === undefined) continue;
    const shown = canonical(members);
    const wrong = (text: string): Fault => ({ kind: 'wrong_members', roomId, text });
    if (shown !== right) yield wrong(`${connection}, ${source}: ${shown}, present are ${right}`);
    else if (count !== members.length) {
      yield wrong(`${connection}, ${source}: ${count} members, present are ${members.length}`);
    }
  }
}

function canonical(members: readonly HeldMember[]): string {
  return members
    .map(({ userId, status }) => `${userId} ${status}`)
    .sort()
    .join(', ');
}
