/** Builders of messages and snapshots; a test names only the fields that it depends on. */
import type {
  ChatMessagePayload,
  ClientMessageId,
  Epoch,
  MessageId,
  RoomId,
  RoomSnapshot,
  UserId,
} from '@parley/protocol';
import { type Message, toMessage } from '../../src/core/messages/message.ts';
import { logOfSnapshot } from '../../src/core/rooms/room-log.ts';
import type { OpenRoom } from '../../src/core/rooms/room-state.ts';

export const LOBBY = 'r-lobby' as RoomId;
export const OPS = 'r-ops' as RoomId;
export const EPOCH = 'e1' as Epoch;
export const ALICE_ID = 'u-alice' as UserId;
export const BOB_ID = 'u-bob' as UserId;
export const CAROL_ID = 'u-carol' as UserId;

export function messagePayload(
  sequence: number,
  over: Partial<ChatMessagePayload> = {},
): ChatMessagePayload {
  return {
    id: `m${sequence}` as MessageId,
    roomId: LOBBY,
    sender: 'bob',
    userId: BOB_ID,
    content: `message ${sequence}`,
    timestamp: new Date(Date.UTC(2026, 0, 31, 12) + sequence * 1_000).toISOString(),
    sequence,
    ...over,
  };
}

export function message(sequence: number, over: Partial<ChatMessagePayload> = {}): Message {
  return toMessage(messagePayload(sequence, over));
}

export function ownMessage(sequence: number, clientMessageId: string): Message {
  return message(sequence, {
    sender: 'alice',
    userId: ALICE_ID,
    clientMessageId: clientMessageId as ClientMessageId,
  });
}

/** A snapshot whose history contains messages of these sequences; its head is the last of them. */
export function snapshot(
  sequences: readonly number[],
  over: Partial<RoomSnapshot> = {},
): RoomSnapshot {
  return {
    roomId: LOBBY,
    memberCount: 0,
    memberTotal: 0,
    members: [],
    history: sequences.map((sequence) => messagePayload(sequence)),
    events: [],
    headSequence: sequences.at(-1) ?? 0,
    epoch: EPOCH,
    truncated: false,
    ...over,
  };
}

export function openRoom(sequences: readonly number[], over: Partial<OpenRoom> = {}): OpenRoom {
  return {
    kind: 'open',
    id: LOBBY,
    name: 'lobby',
    isLive: true,
    log: logOfSnapshot(snapshot(sequences)),
    readSequence: sequences.at(-1) ?? 0,
    olderPages: 'idle',
    members: new Map(),
    memberCount: 0,
    notices: [],
    ...over,
  };
}

/** The whole numbers from the first to the last, both included. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
