/** Choices of the room box for a text, and the choice that Enter selects. Pure. */
import { findByName, type RoomRow } from './room-rows.ts';

export type RoomChoice =
  | { readonly kind: 'room'; readonly key: string; readonly row: RoomRow }
  | { readonly kind: 'create'; readonly key: string; readonly name: string };

export const ROOM_LIST_ID = 'room-list';

/** Element id of the choice at this index. */
export function choiceId(index: number): string {
  return `${ROOM_LIST_ID}-${index}`;
}

/** The rooms of the list, then a new room if no room has exactly this name. */
export function roomChoices(rows: readonly RoomRow[], name: string): readonly RoomChoice[] {
  const choices = rows.map((row): RoomChoice => ({ kind: 'room', key: row.id, row }));
  const wanted = name.trim().replace(/^#/, '');
  if (wanted === '' || findByName(rows, wanted) !== undefined) return choices;
  return [...choices, { kind: 'create', key: 'create', name: wanted }];
}

/**
 * Index of the marked choice: the one selected with the arrow keys, else the room with
 * exactly this name, else the first. If the box is empty, only the arrow keys mark a
 * choice.
 */
export function markedIndex(
  choices: readonly RoomChoice[],
  name: string,
  chosenKey: string | undefined,
): number | undefined {
  const chosen = choices.findIndex(({ key }) => key === chosenKey);
  if (chosen >= 0) return chosen;
  if (name.trim() === '' || choices.length === 0) return undefined;
  const rows = choices.flatMap((choice) => (choice.kind === 'room' ? [choice.row] : []));
  const exact = findByName(rows, name);
  return exact === undefined ? 0 : rows.indexOf(exact);
}

/** Moves one step, wrapping around at both ends. */
export function stepIndex(count: number, from: number | undefined, step: 1 | -1): number {
  if (from === undefined) return step > 0 ? 0 : count - 1;
  return (from + step + count) % count;
}
