/**
 * Everything that people have written, for other programs: JSON Lines with names that do not depend on
 * the tables, without passwords, sessions and other secrets. `docs/operations.md` describes them.
 */
import type { ArchiveSource, Cell } from '../ports/archive.ts';

interface LineKind {
  readonly type: string;
  readonly about: string;
  readonly table: string;
  /** Columns, by the names of their fields. */
  readonly fields: Readonly<Record<string, string>>;
}

/** In this order: a line names only what lines before it describe. */
export const LINE_KINDS: readonly LineKind[] = Object.freeze([
  {
    ...{ type: 'user', table: 'users', about: 'An account, also a deleted one' },
    fields: {
      ...{ id: 'id', username: 'username', displayName: 'display_name', role: 'role' },
      ...{ externalId: 'external_id', avatarUrl: 'avatar_url', createdAt: 'created_at' },
      ...{ lastSeenAt: 'last_seen_at', disabledAt: 'disabled_at', deletedAt: 'deleted_at' },
    },
  },
  {
    ...{ type: 'email', table: 'emails', about: 'The e-mail address of an account' },
    fields: { userId: 'user_id', address: 'address', confirmedAt: 'confirmed_at' },
  },
  {
    ...{ type: 'workspace', table: 'workspaces', about: 'A workspace' },
    fields: { id: 'id', name: 'name', createdAt: 'created_at' },
  },
  {
    ...{ type: 'workspace_member', table: 'workspace_members', about: 'A member of a workspace' },
    fields: {
      ...{ workspaceId: 'workspace_id', userId: 'user_id', role: 'role', joinedAt: 'created_at' },
    },
  },
  {
    ...{ type: 'room', table: 'rooms', about: 'A room, channel, group or direct conversation' },
    fields: {
      ...{ id: 'id', workspaceId: 'workspace_id', kind: 'kind', visibility: 'visibility' },
      ...{ name: 'name', topic: 'topic', description: 'description' },
      ...{ createdBy: 'created_by', createdAt: 'created_at', archivedAt: 'archived_at' },
    },
  },
  {
    ...{ type: 'member', table: 'memberships', about: 'A member of a room' },
    fields: { roomId: 'room_id', userId: 'user_id', role: 'role', joinedAt: 'created_at' },
  },
  {
    type: 'message',
    table: 'messages',
    about: 'A message. `sequence` is its place in the order of its room; a deleted one has no text',
    fields: {
      ...{ id: 'id', roomId: 'room_id', sequence: 'sequence_number', userId: 'user_id' },
      ...{ text: 'content', attachments: 'attachments', createdAt: 'created_at' },
      ...{ editedAt: 'edited_at', isDeleted: 'is_deleted', isPinned: 'is_pinned' },
      ...{ parentId: 'parent_id', alsoToRoom: 'also_to_room' },
    },
  },
  {
    type: 'earlier_text',
    table: 'message_versions',
    about: 'A text that an edit has replaced; `sequence` is that of its message',
    fields: { roomId: 'room_id', sequence: 'sequence', text: 'content', writtenAt: 'written_at' },
  },
  {
    ...{ type: 'reaction', table: 'reactions', about: 'A reaction to a message' },
    fields: { messageId: 'message_id', userId: 'user_id', emoji: 'emoji' },
  },
  {
    ...{ type: 'custom_emoji', table: 'custom_emoji', about: 'An emoji of this server' },
    fields: { name: 'name', fileId: 'file_id', userId: 'user_id', createdAt: 'created_at' },
  },
]);

/** Approximate size of each chunk. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Yields the lines in chunks; calls `onTable` after each table. */
export async function* readableLinesOf(
  source: Pick<ArchiveSource, 'tables' | 'readRows'>,
  now: Date,
  onTable: (name: string, rows: number) => void,
): AsyncGenerator<string> {
  const head = { type: 'export', of: 'parley', format: 1, createdAt: now.toISOString() };
  let chunk = `${JSON.stringify(head)}\n`;
  let lines = 0;
  /** Ids of deleted rooms and their messages, whose rows are deleted in steps. */
  const gone = new Set<unknown>();
  for (const { type, table: name, fields } of LINE_KINDS) {
    const table = source.tables.find((each) => each.name === name);
    if (table === undefined) continue;
    let rows = 0;
    const columns = [...Object.values(fields), ...(name === 'rooms' ? ['deleted_at'] : [])];
    for await (const row of source.readRows({ ...table, columns })) {
      const names = Object.keys(fields);
      const entries = names.map((field, index) => [field, fieldOf(columns[index], row[index])]);
      const line = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
      const isDeletedRoom = name === 'rooms' && (row.at(-1) ?? null) !== null;
      if (isDeletedRoom || gone.has(line['roomId']) || gone.has(line['messageId'])) {
        // Other lines are of no message, and have no id.
        if (line['id'] !== undefined) gone.add(line['id']);
        continue;
      }
      chunk += `${JSON.stringify({ type, ...line })}\n`;
      rows += 1;
      if (chunk.length >= CHUNK_CHARACTERS) {
        yield chunk;
        chunk = '';
      }
    }
    lines += rows;
    onTable(name, rows);
  }
  yield `${chunk}${JSON.stringify({ type: 'end', lines })}\n`;
}

/** Undefined for a field that the line leaves out. */
function fieldOf(column = '', cell: Cell | undefined): unknown {
  if (cell === null || cell === undefined) return undefined;
  if (/^(?:is|also)_/.test(column)) return cell === 1 ? true : undefined;
  if (typeof cell === 'number' && column.endsWith('_at')) return new Date(cell).toISOString();
  if (column === 'attachments') return JSON.parse(String(cell));
  return cell;
}
