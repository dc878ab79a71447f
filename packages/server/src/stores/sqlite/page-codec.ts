/**
 * Encoding of pages of history between threads: SQLite writes each row as a text, and one text for
 * the page costs a fraction of copying objects, as for commits (`commit-codec.ts`).
 */
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message, Reaction } from '../../model/message.ts';
import { readPage } from '../sql/log.ts';
import { type MessageRow, SIZE_COLUMNS, type Sized, toMessage } from '../sql/rows.ts';
import type { Database } from './database.ts';
import { runNow } from './run-now.ts';

interface TextRow extends Sized, Pick<MessageRow, 'id'> {
  readonly text: string;
}

const TEXT_COLUMNS = `m.id, json_array(m.id, m.user_id, u.username, m.created_at, m.sequence_number,
    m.client_message_id, m.edited_at, m.is_deleted, m.is_pinned, m.parent_id, m.reply_number,
    m.reply_count, m.content, m.attachments) AS text, ${SIZE_COLUMNS}`;

/** Values of a text in `TEXT_COLUMNS`. */
type Cells = readonly [
  id: MessageRow['id'],
  user_id: MessageRow['user_id'],
  sender: string,
  created_at: number,
  sequence_number: number,
  client_message_id: MessageRow['client_message_id'],
  edited_at: number | null,
  is_deleted: number,
  is_pinned: number,
  parent_id: MessageRow['parent_id'],
  reply_number: number | null,
  reply_count: number,
  content: string,
  attachments: string | null,
];

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
  const [
    id,
    user_id,
    sender,
    created_at,
    sequence_number,
    client_message_id,
    edited_at,
    is_deleted,
    is_pinned,
    parent_id,
    reply_number,
    reply_count,
    content,
    attachments,
  ] = cells;
  return {
    room_id,
    id,
    user_id,
    sender,
    created_at,
    sequence_number,
    client_message_id,
    edited_at,
    is_deleted,
    is_pinned,
    parent_id,
    reply_number,
    reply_count,
    content,
    attachments,
  };
}
