/** How far the rooms of a user were searched for activity, also as text that a client sends back. */
import { ChatError, type RoomId } from '@parley/protocol';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { FoundActivity } from './room-activity.ts';

interface SearchPosition {
  /** Events from this sequence on were searched. */
  readonly before: number;
  /** No event below it is later. */
  readonly untilMs: number;
}

/** Positions of the rooms that were searched; others are searched from their end. */
export type SearchPositions = ReadonlyMap<RoomId, SearchPosition>;

/** The events of one room that were read for one page. */
export interface SearchedRoom {
  readonly room: ListedRoom;
  /** Above this sequence, in order. */
  readonly after: number;
  readonly events: readonly RoomEvent[];
  readonly found: readonly FoundActivity[];
}

export function positionOf({ room, head }: ListedRoom, positions: SearchPositions): SearchPosition {
  const end = { before: head.sequence + 1, untilMs: head.lastActivityAtMs };
  return positions.get(room.id) ?? end;
}

/** Nothing of the room is left to search. */
export function isSearched({ head }: ListedRoom, { before }: SearchPosition): boolean {
  return before <= Math.max(1, head.firstSequence);
}

/** Where the next page continues, if the entries up to a time are left to it. */
export function positionAfter(searched: SearchedRoom, leftUntilMs: number): SearchPosition {
  const { room, after, events } = searched;
  const left = events.findLast(({ createdAtMs }) => createdAtMs <= leftUntilMs);
  if (left !== undefined) return { before: left.sequence + 1, untilMs: left.createdAtMs };
  const untilMs = events[0]?.createdAtMs ?? room.head.lastActivityAtMs;
  return { before: after + 1, untilMs };
}

/** @param window Position in the list of rooms behind which the search is. */
export function formatPositions(window: string | undefined, positions: SearchPositions): string {
  const searched = [...positions]
    .map(([roomId, { before, untilMs }]) => [roomId, before, untilMs].join(':'))
    .join(',');
  return window === undefined ? searched : `${window}|${searched}`;
}

/** @throws {ChatError} VALIDATION_ERROR. */
export function parsePositions(text: string | undefined): {
  readonly window: string | undefined;
  readonly positions: SearchPositions;
} {
  if (text === undefined) return { window: undefined, positions: new Map() };
  const [, window, searched = ''] = /^(?:([^|]{0,200})\|)?(.*)$/s.exec(text) ?? [];
  if (window !== undefined && searched === '') return { window, positions: new Map() };
  const positions = new Map(
    searched.split(',').map((part): [RoomId, SearchPosition] => {
      const [, roomId, before, untilMs] = /^([\w-]{1,64}):(\d{1,15}):(\d{1,15})$/.exec(part) ?? [];
      if (roomId === undefined) throw new ChatError('VALIDATION_ERROR', { field: 'next' });
      // Only rooms of the user are looked up in the result.
      return [roomId as RoomId, { before: Number(before), untilMs: Number(untilMs) }];
    }),
  );
  return { window, positions };
}
