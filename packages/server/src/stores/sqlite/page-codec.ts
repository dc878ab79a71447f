/**
 * Encoding of pages of history between threads: SQLite writes each row as a text, and one text for
 * the page costs a fraction of copying objects, as for commits (`commit-codec.ts`).
 */
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message, Reaction } from '../../model/message.ts';
import { readPage } from '../sql/log.ts';
import {
  MESSAGE_CELLS,
  type MessageRow,
  SIZE_COLUMNS,
  type Sized,
  toMessage,
} from '../sql/rows.ts';
import type { Database } from './database.ts';
import { runNow } from './run-now.ts';

interface TextRow extends Sized, Pick<MessageRow, 'id'> {
  readonly text: string;
}

/** Columns of the texts; the room is that of the page. */
const CELLS = [
  ...MESSAGE_CELLS.filter((column) => column !== 'room_id'),
  ...(['content', 'attachments', 'sender'] as const),
];
const TEXT_COLUMNS = `m.id, json_array(${CELLS.map((column) => (column === 'sender' ? 'u.username' : `m.${column}`)).join(', ')}) AS text,
  ${SIZE_COLUMNS}`;

/** Values of a text in `TEXT_COLUMNS`. */
type Cells = readonly (string | number | null)[];

interface PageText {
  readonly hasMore: boolean;
  readonly reactions: readonly (readonly [MessageRow['id'], readonly Reaction[]])[];
  readonly rows: readonly Cells[];
}

/** Runs in the reader's thread; `toPage` decodes the result. */
export function historyText(database: Database, page: HistoryPage): string {
  const { rows, hasMore, ...rest } = runNow(database, readPage<TextRow>(TEXT_COLUMNS, page));
  const reactions = JSON.stringify([...rest.reactions]);
  const texts = rows.map(({ text }) => text).join(',');
  return `{"hasMore":${hasMore},"reactions":${reactions},"rows":[${texts}]}`;
}

export function toPage(
  { roomId }: HistoryPage,
  text: string,
): { messages: Message[]; hasMore: boolean } {
  // Created by `historyText`.
  const page = JSON.parse(text) as PageText;
  const reactions = new Map(page.reactions);
  const messages = page.rows.map((cells) => {
    const row = toRow(roomId, cells);
    return toMessage(row, reactions.get(row.id) ?? []);
  });
  return { messages, hasMore: page.hasMore };
}

function toRow(room_id: MessageRow['room_id'], cells: Cells): Omit<MessageRow, keyof Sized> {
  const row: Record<string, unknown> = { room_id };
  // The columns have their types.
  for (let index = 0; index < CELLS.length; index += 1) row[CELLS[index] ?? ''] = cells[index];
  return row as unknown as MessageRow;
}
