/** Commands about messages; each that changes the log of a room is answered in log order. */
import { LIMITS } from '../limits.ts';
import { command, EXAMPLE_IDS } from './command.ts';

/** Characters of the position in a search. */
const SEARCH_CURSOR_LENGTH_MAX = 200;

export const MESSAGE_COMMANDS = {
  chat_message: command({
    summary: 'Sends a message to a room.',
    reply:
      '`message_ack {clientMessageId?, id, roomId, sequence, timestamp, duplicate, notReached?}`; `notReached` has the ids of the users whom the message mentions and does not reach, because they are not in a private room, or may not come into another one',
    others:
      "`chat_message {id, roomId, sender, userId, content, timestamp, sequence, clientMessageId?}`, also to the sender's other connections",
    tier: 'stable',
    limit: 'messages',
    answer: 'message_ack',
    input: (t) =>
      t.Object({
        roomId: t.Optional(t.Id),
        content: t.String(),
        clientMessageId: t.OptionalClientMessageId,
        parentMessageId: t.Optional(t.Id),
        attachments: t.OptionalAttachments,
      }),
    example: { roomId: EXAMPLE_IDS.room, content: 'Good morning' },
    http: { kind: 'own', route: 'POST /api/messages' },
  }),
  edit_message: command({
    summary: 'Changes the text of a message.',
    reply: "`message_ack` with the message's `id`",
    others: '`message_edited {roomId, messageId, sequence, userId, content, editedAt}`',
    tier: 'stable',
    limit: 'changes',
    answer: 'message_ack',
    input: (t) => t.Object({ ...t.target, content: t.String() }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message, content: 'Good evening' },
    http: {
      kind: 'derived',
      route: 'PATCH /api/rooms/:roomId/messages/:messageId',
      operation: 'editMessage',
    },
  }),
  delete_message: command({
    summary: 'Deletes a message.',
    reply: "`message_ack` with the message's `id`",
    others: '`message_deleted {roomId, messageId, sequence, userId}`',
    tier: 'stable',
    limit: 'changes',
    audited: ['message.delete'],
    answer: 'message_ack',
    input: (t) => t.Object(t.target),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'DELETE /api/rooms/:roomId/messages/:messageId',
      operation: 'deleteMessage',
    },
  }),
  add_reaction: command({
    summary: 'Adds a reaction to a message.',
    reply: "`message_ack` with the message's `id`",
    others:
      '`reaction_added {…, emoji, count}`; `count` is the number of users who have this reaction now',
    tier: 'stable',
    limit: 'changes',
    answer: 'message_ack',
    input: (t) => t.Object({ ...t.target, emoji: t.String() }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message, emoji: '👍' },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/messages/:messageId/reactions/:emoji',
      operation: 'addReaction',
    },
  }),
  remove_reaction: command({
    summary: 'Removes a reaction of the user from a message.',
    reply: "`message_ack` with the message's `id`",
    others: '`reaction_removed {…, emoji, count}`',
    tier: 'stable',
    limit: 'changes',
    answer: 'message_ack',
    input: (t) => t.Object({ ...t.target, emoji: t.String() }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message, emoji: '👍' },
    http: {
      kind: 'derived',
      route: 'DELETE /api/rooms/:roomId/messages/:messageId/reactions/:emoji',
      operation: 'removeReaction',
    },
  }),
  pin_message: command({
    summary: 'Pins a message.',
    reply: "`message_ack` with the message's `id`",
    others: '`message_pinned`',
    tier: 'stable',
    limit: 'changes',
    answer: 'message_ack',
    input: (t) => t.Object(t.target),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/pins/:messageId',
      operation: 'pinMessage',
    },
  }),
  unpin_message: command({
    summary: 'Removes the pin of a message.',
    reply: "`message_ack` with the message's `id`",
    others: '`message_unpinned`',
    tier: 'stable',
    limit: 'changes',
    answer: 'message_ack',
    input: (t) => t.Object(t.target),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'DELETE /api/rooms/:roomId/pins/:messageId',
      operation: 'unpinMessage',
    },
  }),
  get_history: command({
    summary:
      'Returns a page of the messages of a room, oldest first. `before`, `after` and `around` are the id of a message or a sequence, `aroundTime` an ISO 8601 date or time; give at most one of them.',
    reply:
      '`history {roomId, messages, hasMore, memberships?}`, oldest first; `before` and `after` are exclusive, each a sequence or the id of a message, as everywhere. With `around` (the same) or `aroundTime` (an ISO 8601 date or time, such as `2026-01-31T12:00:00Z`) the page has half of its messages before that position, and also `hasNewer` and `anchorSequence?`: the first message at or after the position, else the newest. Give at most one of the four',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'history',
    input: (t) =>
      t.Object({
        roomId: t.Id,
        ...t.page /** Instead of `before` and `after`. */,
        around: t.Optional(t.Position) /** A date or time in ISO 8601; instead of `around`. */,
        aroundTime: t.Optional(t.Id),
      }),
    example: { roomId: EXAMPLE_IDS.room, limit: 50 },
    http: { kind: 'derived', route: 'GET /api/rooms/:roomId/messages', operation: 'getHistory' },
  }),
  get_thread: command({
    summary: 'Returns a page of the replies to a message, oldest first.',
    reply:
      '`thread {roomId, parent?, messages, hasMore}`: the replies to a message, paged like `history`',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'thread',
    input: (t) => t.Object({ roomId: t.Id, messageId: t.Id, ...t.page }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/messages/:messageId/replies',
      operation: 'listReplies',
    },
  }),
  get_pins: command({
    summary:
      'Lists the pinned messages of a room, newest first; `before` is the id of a message or a sequence.',
    reply:
      '`pins {roomId, messages, hasMore}`: the pinned messages, newest first; paged by `before`',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'pins',
    input: (t) => t.Object({ roomId: t.Id, before: t.page.before, limit: t.page.limit }),
    example: { roomId: EXAMPLE_IDS.room },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/pins',
      operation: 'listPins',
      fields: ['messages', 'hasMore'],
    },
  }),
  search_messages: command({
    summary:
      'Finds messages in the rooms that the user may read. `q` has words, `"exact phrases"`, `-excluded` words, and operators: `from:ana in:general before:2026-11-01 after:2026-10-01 has:link`, which the other fields give as well.',
    reply:
      '`search_results {results: [{message, room: {id, name}, highlights: [[start, end]]}], cursor?}`: the messages that have all words of `q` in their first 4000 UTF-16 code units, in the rooms that you may read now. Words are compared without accents and case, the last one also as the beginning of a word, from three letters on; Chinese, Japanese, Thai and other scripts without spaces are found from any character on. `before` (exclusive) and `after` (inclusive) are dates or times in ISO 8601, dates in UTC; `room` is an id or a name, `from` a username, `has` is `link`, `file` or `code`. `sort` is `relevance`, the default, which ranks the latest 200 matches and then the 200 before them, or `newest`. `highlights` are places in `message.content`, in UTF-16 code units. `cursor` continues the search and is absent at its end: a page that had to search long may have fewer results than `limit`, or none, and a cursor. At most 500 characters, and 20 words and operators',
    others: '',
    tier: 'stable',
    limit: 'searches',
    answer: 'search_results',
    input: (t) =>
      t.Object({
        q: t.Optional(t.String()),
        room: t.Optional(t.Id),
        from: t.Optional(t.String()),
        before: t.Optional(t.String()),
        after: t.Optional(t.String()),
        has: t.Optional(t.Union([t.Literal('link'), t.Literal('file'), t.Literal('code')])),
        sort: t.Optional(t.Union([t.Literal('relevance'), t.Literal('newest')])),
        /** From the page before. */
        cursor: t.Optional(t.String({ maxLength: SEARCH_CURSOR_LENGTH_MAX })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMITS.searchResultsMax })),
      }),
    example: { q: 'release notes from:ana' },
    http: { kind: 'derived', route: 'GET /api/search', operation: 'searchMessages' },
  }),
  direct_message: command({
    summary: 'Sends a message to another user.',
    reply: '`message_ack`',
    others: '`chat_message` in the direct room of the two users',
    tier: 'stable',
    limit: 'messages',
    answer: 'message_ack',
    input: (t) =>
      t.Object({
        recipientId: t.Optional(t.Id),
        recipient: t.Optional(t.String()),
        content: t.String(),
        clientMessageId: t.OptionalClientMessageId,
      }),
    example: { recipientId: EXAMPLE_IDS.user, content: 'Good morning' },
    http: { kind: 'own', route: 'POST /api/messages' },
  }),
};
