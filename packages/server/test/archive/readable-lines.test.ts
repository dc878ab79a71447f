import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINE_KINDS, readableLinesOf } from '../../src/archive/readable-lines.ts';
import type { ArchiveSource, Cell } from '../../src/ports/archive.ts';

/** Rows by table; columns that a row does not name are empty. */
function sourceOf(
  rows: Readonly<Record<string, readonly Readonly<Record<string, Cell>>[]>>,
): Pick<ArchiveSource, 'tables' | 'readRows'> {
  return {
    tables: LINE_KINDS.map(({ table }) => ({ name: table, key: [], columns: [] })),
    readRows: ({ name, columns }) =>
      (rows[name] ?? []).map((row) => columns.map((column) => row[column] ?? null)),
  };
}

test('rooms that are being deleted are left out with all that is in them, and nothing else', async () => {
  const inRooms = (row: Readonly<Record<string, Cell>>) =>
    ['open', 'gone'].map((room_id) => ({ ...row, room_id }));
  const source = sourceOf({
    users: [{ id: 'alice', username: 'alice' }],
    rooms: [{ id: 'gone', deleted_at: 1 }, { id: 'open' }],
    memberships: inRooms({ user_id: 'alice' }),
    messages: inRooms({}).map((row) => ({ ...row, id: `in ${row.room_id}`, is_pinned: 1 })),
    message_versions: inRooms({ content: 'before', written_at: 0 }),
    reactions: ['in open', 'in gone'].map((message_id) => ({ message_id, emoji: '👍' })),
    custom_emoji: [{ name: 'party' }],
  });

  let text = '';
  for await (const chunk of readableLinesOf(source, new Date(0), () => {})) text += chunk;

  const [head, ...lines] = text.trimEnd().split('\n');
  assert.deepEqual(JSON.parse(head ?? ''), {
    ...{ type: 'export', of: 'parley', format: 1, createdAt: '1970-01-01T00:00:00.000Z' },
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { type: 'user', id: 'alice', username: 'alice' },
      { type: 'room', id: 'open' },
      { type: 'member', roomId: 'open', userId: 'alice' },
      { type: 'message', id: 'in open', roomId: 'open', isPinned: true },
      {
        ...{ type: 'earlier_text', roomId: 'open', text: 'before' },
        writtenAt: '1970-01-01T00:00:00.000Z',
      },
      { type: 'reaction', messageId: 'in open', emoji: '👍' },
      { type: 'custom_emoji', name: 'party' },
      { type: 'end', lines: 7 },
    ],
  );
});
