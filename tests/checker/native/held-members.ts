/** The users in each room, as a client of the native dialect shows them. */
import type { HeldMember } from '../history.ts';

interface MemberPayload {
  readonly userId: string;
  readonly status: string;
  readonly statusText?: string;
}

interface MemberList {
  readonly roomId: string;
  readonly members: readonly MemberPayload[];
}

export class HeldMembers {
  /** The status of each member by user id, by room. */
  readonly #rooms = new Map<string, Map<string, string>>();

  of(roomId: string): HeldMember[] {
    return [...(this.#rooms.get(roomId) ?? [])].map(([userId, status]) => ({ userId, status }));
  }

  /** The list in the answer to a join or resume, or sent later: it replaces what is known. */
  takeList({ roomId, members }: MemberList): void {
    this.#rooms.set(roomId, new Map(members.map((member) => [member.userId, statusOf(member)])));
    for (const member of members) this.takePresence(member);
  }

  takeJoined({ roomId, userId }: { readonly roomId: string; readonly userId: string }): void {
    this.#rooms.get(roomId)?.set(userId, 'online');
  }

  takeLeft({ roomId, userId }: { readonly roomId: string; readonly userId: string }): void {
    this.#rooms.get(roomId)?.delete(userId);
  }

  takePresence(member: MemberPayload): void {
    for (const members of this.#rooms.values()) {
      if (members.has(member.userId)) members.set(member.userId, statusOf(member));
    }
  }
}

/** A user's presence as one text, for comparisons. */
export function statusOf({ status, statusText }: Omit<MemberPayload, 'userId'>): string {
  return statusText === undefined ? status : `${status}: ${statusText}`;
}
