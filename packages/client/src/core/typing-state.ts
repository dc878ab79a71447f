/** Who is typing where, as this client knows it. Pure; nothing here is ever stored. */
import type { RoomId, RoomPerson, UserId } from '@parley/protocol';

/** After this time without a word a typist is taken for gone, whatever the server forgot to say. */
export const TYPING_EXPIRES_MS = 6_000;
/** Typists remembered over all rooms; above it the oldest go. */
const TYPISTS_MAX = 500;

export interface Typist {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
  readonly untilMs: number;
}

/** In the order in which they began. */
export type TypingState = readonly Typist[];

export function markTyping(state: TypingState, person: RoomPerson, nowMs: number): TypingState {
  const { roomId, userId, username } = person;
  const typist = { roomId, userId, username, untilMs: nowMs + TYPING_EXPIRES_MS };
  const isKnown = state.some((each) => isSame(each, person));
  if (isKnown) return state.map((each) => (isSame(each, person) ? typist : each));
  return [...state, typist].slice(-TYPISTS_MAX);
}

export function clearTyping(
  state: TypingState,
  person: Pick<RoomPerson, 'roomId' | 'userId'>,
): TypingState {
  return state.some((each) => isSame(each, person))
    ? state.filter((each) => !isSame(each, person))
    : state;
}

export function clearTypingOfRoom(state: TypingState, roomId: RoomId): TypingState {
  return state.some((each) => each.roomId === roomId)
    ? state.filter((each) => each.roomId !== roomId)
    : state;
}

export function expireTyping(state: TypingState, nowMs: number): TypingState {
  return state.some((each) => each.untilMs <= nowMs)
    ? state.filter((each) => each.untilMs > nowMs)
    : state;
}

function isSame(typist: Typist, person: Pick<RoomPerson, 'roomId' | 'userId'>): boolean {
  return typist.roomId === person.roomId && typist.userId === person.userId;
}
