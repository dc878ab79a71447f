/** Pages of lists, and where the next one continues. */

/** The part of a list that the caller asks for. */
export interface PageRequest {
  /** From the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** One page; `next` is set exactly if the list continues. */
export interface Page<Item, Cursor extends string = string> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  readonly next: Cursor | undefined;
}

/** The last row of a page of a list that is ordered by time, latest first, and then by id. */
export interface TimeCursor {
  readonly atMs: number;
  readonly id: string;
}

/** Before every row. */
export const LIST_START: TimeCursor = Object.freeze({ atMs: Number.MAX_SAFE_INTEGER, id: '' });

/** Cuts a page from the rows, of which there may be one more than fits. */
export function cutPage<Item, Cursor extends string>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => Cursor,
): Page<Item, Cursor> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit;
  return { items, hasMore, next: hasMore && last !== undefined ? cursorOf(last) : undefined };
}

export function formatTimeCursor({ atMs, id }: TimeCursor): string {
  return `${atMs}~${id}`;
}

/** Undefined if the text is not a cursor. */
export function parseTimeCursor(text: string): TimeCursor | undefined {
  const [, atMs, id] = /^(\d{1,15})~(.{1,110})$/.exec(text) ?? [];
  return id === undefined ? undefined : { atMs: Number(atMs), id };
}
