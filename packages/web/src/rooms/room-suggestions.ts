/** What the box that finds rooms offers for a name, and which of it Enter takes. Pure. */
import { findByName, type RoomRow } from './room-rows.ts';

export type RoomChoice =
  | { readonly kind: 'room'; readonly key: string; readonly row: RoomRow }
  | { readonly kind: 'create'; readonly key: string; readonly name: string };

export const ROOM_LIST_ID = 'room-list';

/** What the choice at this index is called in the page. */
export function choiceId(index: number): string {
  return `${ROOM_LIST_ID}-${index}`;
}

/** The rooms of the list, and behind them a new one where none has exactly this name. */
export function roomChoices(rows: readonly RoomRow[], name: string): readonly RoomChoice[] {
  const choices = rows.map((row): RoomChoice => ({ kind: 'room', key: row.id, row }));
  const wanted = name.trim();
  if (wanted === '' || findByName(rows, wanted) !== undefined) return choices;
  return [...choices, { kind: 'create', key: 'create', name: wanted }];
}

/**
 * The index of the marked one: what the arrows came to, else the room of exactly
 * this name, else the first. Where nothing is written, nothing but the arrows marks.
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

/** The index one step on, around the ends. */
export function stepIndex(count: number, from: number | undefined, step: 1 | -1): number {
  if (from === undefined) return step > 0 ? 0 : count - 1;
  return (from + step + count) % count;
}
