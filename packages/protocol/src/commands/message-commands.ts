/** Commands about messages; each that changes the log of a room is answered in log order. */
import { LIMITS } from '../limits.ts';
import { command, EXAMPLE_IDS } from './command.ts';

/** Characters of the position in a search. */
const SEARCH_CURSOR_LENGTH_MAX = 800;
const SAVED_CURSOR_LENGTH_MAX = 130;
const SAVED_PAGE_MAX = 100;
const FILES_CURSOR_LENGTH_MAX = 80;
const FILES_SEARCH_LENGTH_MAX = 100;
const FILES_PAGE_MAX = 100;
const THREADS_PAGE_MAX = 50;

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
        alsoToRoom: t.Optional(t.Boolean()),
        attachments: t.OptionalAttachments,
      }),
    example: { roomId: EXAMPLE_IDS.room, content: 'Good morning' },
    http: { kind: 'own', route: 'POST /api/messages' },
  }),
  edit_message: command({
    summary: 'Changes the text of a message.',
    reply:
      "`message_ack` with the message's `id`; users whom the text did not mention before are reached as by `chat_message`, or are in `notReached`",
    others: '`message_edited {roomId, messageId, sequence, userId, content, editedAt}`',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
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
    forTokens: true,
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
      '`reaction_added {…, emoji, count, others?}`; `count` is the number of users who have this reaction now; `others` of a [vote](#polls) are the reactions that it has removed from the user',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
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
    forTokens: true,
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
    forTokens: true,
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
    forTokens: true,
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
      '`thread {roomId, parent?, messages, hasMore, following, unreadCount}`: the replies to a message, paged like `history`, and whether you follow the thread',
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
  get_link_previews: command({
    summary:
      'Returns the previews of the links of a page of messages, paged like `get_history`; links that were not fetched before are fetched now.',
    reply:
      '`link_previews {roomId, enabled, messages: [{messageId, previews: [{url, title?, description?, siteName?, pictureUrl?, pictureWidth?, pictureHeight?}]}], lastSequence?}`; `enabled: false` if this server makes none ([`LINK_PREVIEWS`](settings.md)). At most the first 3 addresses of a message that are written by themselves: a link with a label, in `<…>`, in a quote or a spoiler has no preview. Missing previews follow as `link_preview`',
    others:
      'none. Everybody who has the room open receives `link_preview {roomId, messageId, previews}` when links of a new or changed message were fetched; without previews if they have none',
    tier: 'stable',
    limit: 'reads',
    answer: 'link_previews',
    input: (t) => t.Object({ roomId: t.Id, ...t.page }),
    example: { roomId: EXAMPLE_IDS.room, limit: 50 },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/link-previews',
      operation: 'listLinkPreviews',
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
  get_room_files: command({
    summary:
      'Lists the files of the messages of a room, those of the latest message first; `q` has words, each of which the name of the file has.',
    reply:
      '`room_files {roomId, files: [{file, sequence, user, createdAt}], cursor?}`, 50 without `limit`: `file` as in the `attachments` of its message, whose `sequence` it is, `user` its uploader and `createdAt` the time of the upload. `kind` is `picture`, `media` (sound and films) or `document` (all others). Words are compared without accents, case and punctuation. `cursor` continues the list and is absent at its end: a page that had to search long may have fewer files than `limit`, or none, and a cursor',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'room_files',
    input: (t) =>
      t.Object({
        roomId: t.Id,
        kind: t.Optional(
          t.Union([t.Literal('picture'), t.Literal('media'), t.Literal('document')]),
        ),
        q: t.Optional(t.String({ maxLength: FILES_SEARCH_LENGTH_MAX })),
        /** From the page before. */
        cursor: t.Optional(t.String({ maxLength: FILES_CURSOR_LENGTH_MAX })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: FILES_PAGE_MAX })),
      }),
    example: { roomId: EXAMPLE_IDS.room, kind: 'document' },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/files',
      operation: 'listRoomFiles',
      fields: ['files', 'cursor'],
    },
  }),
  get_edit_history: command({
    summary: 'Returns the earlier texts of an edited message, the latest first.',
    reply:
      '`edit_history {roomId, messageId, versions: [{content, editedAt}]}`: the texts that edits have replaced, the latest first, each with the time when the message was sent or edited to it; the latest 50, and of them up to 100,000 characters. A deleted message has none',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'edit_history',
    input: (t) => t.Object({ roomId: t.Id, messageId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/messages/:messageId/history',
      operation: 'getEditHistory',
      fields: ['versions'],
    },
  }),
  search_messages: command({
    summary:
      'Finds messages in the rooms that the user may read. `q` has words, `"exact phrases"`, `-excluded` words (a minus before a letter), and operators: `from:ana in:general before:2026-11-01 after:2026-10-01 has:link`, which the other fields give as well.',
    reply:
      '`search_results {results: [{message, room: {id, name}, highlights: [[start, end]], inFiles?: [{text, highlights}]}], total?, cursor?, incomplete?, unknown?}`: the messages that have all words of `q` in their text and in the names and descriptions (`alt`) of their files, in the rooms that you may read now. Words are compared without accents and case, outside of quotes also with their other forms (`deployed` for `deploys`) in the languages of the server, and as the beginnings of words, from three letters on; Chinese, Japanese, Thai and other scripts without spaces are found from any character on. `before` (exclusive) and `after` (inclusive) are dates or times in ISO 8601: a date is the day in `timeZone`, such as `Europe/Berlin`, or else in UTC, and the same date for both is this day; `room` is an id or a name, `from` a username or the name that a user shows, all of it or whole words of it, `has` is `link`, `file` or `code`. `sort` is `relevance`, the default, which ranks the latest 200 matches and then the 200 before them, or `newest`. `highlights` are places in `message.content`, in UTF-16 code units, and `inFiles` has those in names and descriptions. `total` is the number of all matches, if there are no more than were read at once: 200 by `relevance`, else a page. `cursor` continues the search and is absent at its end: a page that had to search long may have fewer results than `limit`, or none, and a cursor. With `incomplete`, messages may be missing: the server still adds messages to its index, or you may read more than 1,000 rooms, of which those with the latest messages were searched, your own first; there is no `total` then. `unknown` has the operators whose values name no user or room that you know, as `from:ana`. At most 500 characters, and 20 words and operators',
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
        timeZone: t.Optional(t.String({ maxLength: 64 })),
        has: t.Optional(t.Union([t.Literal('link'), t.Literal('file'), t.Literal('code')])),
        sort: t.Optional(t.Union([t.Literal('relevance'), t.Literal('newest')])),
        /** From the page before. */
        cursor: t.Optional(t.String({ maxLength: SEARCH_CURSOR_LENGTH_MAX })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMITS.searchResultsMax })),
      }),
    example: { q: 'release notes from:ana' },
    http: { kind: 'derived', route: 'GET /api/search', operation: 'searchMessages' },
  }),
  list_threads: command({
    summary:
      'Lists the threads that you follow: those with unread replies first, then the one with the latest reply first. You follow a thread when its first message is yours, when you write in it and when you are mentioned there, until `unfollow_thread`; in direct and group rooms all do.',
    reply:
      '`thread_list {threads: [{messageId, room: {id, name}, parent?, messages, unreadCount, lastReplyAt}], unreadThreads, next?}`: `messageId` and `parent` are the first message, `messages` the latest two replies, `unreadThreads` the number of followed threads with unread replies; both numbers are counted up to 100. `next`, given as `after`, continues the list, and is absent at its end',
    others:
      'none. All your connections receive `thread_changed {roomId, messageId, following, unreadCount, unreadThreads}` when a thread that you follow has new replies, at most once a second, and when you read it or choose to follow it or not',
    tier: 'stable',
    limit: 'reads',
    answer: 'thread_list',
    input: (t) =>
      t.Object({
        /** `next` of the page before. */
        after: t.Optional(t.String({ maxLength: SAVED_CURSOR_LENGTH_MAX })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: THREADS_PAGE_MAX })),
      }),
    example: { limit: 20 },
    http: { kind: 'derived', route: 'GET /api/threads', operation: 'listThreads' },
  }),
  follow_thread: command({
    summary: 'Follows the thread of a message in a room that you belong to.',
    reply: '`thread_changed`, as for `list_threads`',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'thread_changed',
    input: (t) => t.Object({ roomId: t.Id, messageId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/messages/:messageId/follow',
      operation: 'followThread',
    },
  }),
  unfollow_thread: command({
    summary:
      'Does not follow a thread, until you follow it or write in it again: its replies do not mark the room, except those that mention you.',
    reply: '`thread_changed`, as for `list_threads`',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'thread_changed',
    input: (t) => t.Object({ roomId: t.Id, messageId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message },
    http: {
      kind: 'derived',
      route: 'DELETE /api/rooms/:roomId/messages/:messageId/follow',
      operation: 'unfollowThread',
    },
  }),
  mark_thread_read: command({
    summary:
      'Marks the replies of a thread up to a sequence as read; the read position of the room stays.',
    reply: '`thread_changed`, as for `list_threads`',
    others: '',
    tier: 'stable',
    limit: 'readMarks',
    answer: 'thread_changed',
    input: (t) => t.Object({ roomId: t.Id, messageId: t.Id, sequence: t.Sequence }),
    example: { roomId: EXAMPLE_IDS.room, messageId: EXAMPLE_IDS.message, sequence: 42 },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/messages/:messageId/read',
      operation: 'markThreadRead',
    },
  }),
  save_message: command({
    summary:
      'Saves a message of a room that you belong to for later, only for you, or replaces its reminder. `remindAt` is an ISO 8601 time within 366 days; without it there is no reminder.',
    reply:
      '`message_saved {messageId, roomId, savedAt, remindAt?}`; at most 1000 messages are saved, another is `CONFLICT`. When a reminder is due, all your connections receive `reminder`, once, and the message is listed with `remindedAt` until you save it again or remove it',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'message_saved',
    input: (t) => t.Object({ messageId: t.Id, remindAt: t.Optional(t.String()) }),
    example: { messageId: EXAMPLE_IDS.message, remindAt: '2999-01-31T09:00:00Z' },
    http: { kind: 'derived', route: 'PUT /api/saved/:messageId', operation: 'saveMessage' },
  }),
  unsave_message: command({
    summary: 'Removes a message from the saved ones; it has no effect if the message is not saved.',
    reply: '`message_unsaved {messageId}`',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'message_unsaved',
    input: (t) => t.Object({ messageId: t.Id }),
    example: { messageId: EXAMPLE_IDS.message },
    http: { kind: 'derived', route: 'DELETE /api/saved/:messageId', operation: 'unsaveMessage' },
  }),
  get_saved_messages: command({
    summary:
      'Lists the saved messages, the one saved last first; with `reminded`, only those with a reminder that came, the latest first.',
    reply:
      '`saved_messages {saved: [{message, room: {id, name}, savedAt, remindAt?, remindedAt?}], next?}`. Messages that are deleted, and those of rooms that you have left, are not listed; a page may have fewer entries than `limit`. `next`, given as `after`, continues the list, and is absent at its end',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'saved_messages',
    input: (t) =>
      t.Object({
        reminded: t.Optional(t.Boolean()),
        /** `next` of the page before. */
        after: t.Optional(t.String({ maxLength: SAVED_CURSOR_LENGTH_MAX })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: SAVED_PAGE_MAX })),
      }),
    example: { limit: 20 },
    http: { kind: 'derived', route: 'GET /api/saved', operation: 'listSavedMessages' },
  }),
  schedule_message: command({
    summary:
      'Sends a message to a room that you belong to later. `sendAt` is an ISO 8601 time within the next 366 days.',
    reply:
      '`message_scheduled {scheduledId, roomId, content, parentMessageId?, alsoToRoom?, attachments?, sendAt, createdAt}`; with the same `clientMessageId` again, it is the same message. At most 100 wait, another is `CONFLICT`. Files that it has do not expire, and no other message can have them. The message is sent once, under the rules of that time; if you may not write then, it stays with `failure`. All your connections receive `scheduled_changed {scheduledId, roomId, state, failure?}` when it is scheduled, changed, cancelled or sent, or fails',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'message_scheduled',
    input: (t) =>
      t.Object({
        roomId: t.Id,
        content: t.String(),
        sendAt: t.String(),
        parentMessageId: t.Optional(t.Id),
        alsoToRoom: t.Optional(t.Boolean()),
        attachments: t.OptionalAttachments,
        clientMessageId: t.OptionalClientMessageId,
      }),
    example: {
      roomId: EXAMPLE_IDS.room,
      content: 'Good morning',
      sendAt: '2999-01-31T09:00:00Z',
    },
    http: {
      kind: 'derived',
      route: 'POST /api/scheduled',
      operation: 'scheduleMessage',
      status: 201,
    },
  }),
  list_scheduled: command({
    summary: 'Lists the messages that you have scheduled, the next one first.',
    reply:
      '`scheduled_messages {scheduled: [{scheduledId, room: {id, name}, content, parentMessageId?, alsoToRoom?, attachments?, sendAt, createdAt, failure?}]}`, all of them; `failure` is the code of the error for which it was not sent. The name of a room that you cannot read is empty',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'scheduled_messages',
    input: (t) => t.Object({}),
    example: {},
    http: { kind: 'derived', route: 'GET /api/scheduled', operation: 'listScheduledMessages' },
  }),
  change_scheduled: command({
    summary:
      'Changes the text, the attachments or the time of a scheduled message; `attachments` replaces all. A time that has passed sends it now; a message with `failure` is sent again only with a time.',
    reply: '`message_scheduled`; `CONFLICT` while it is being sent',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'message_scheduled',
    input: (t) =>
      t.Object({
        scheduledId: t.Id,
        content: t.Optional(t.String()),
        attachments: t.OptionalAttachments,
        sendAt: t.Optional(t.String()),
      }),
    example: { scheduledId: EXAMPLE_IDS.scheduled, sendAt: '2999-01-31T10:00:00Z' },
    http: {
      kind: 'derived',
      route: 'PATCH /api/scheduled/:scheduledId',
      operation: 'changeScheduledMessage',
    },
  }),
  cancel_scheduled: command({
    summary:
      'Cancels a scheduled message; it has no effect if there is none. For a day, another message can have its files.',
    reply: '`scheduled_cancelled {scheduledId}`; `CONFLICT` while it is being sent',
    others: '',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'scheduled_cancelled',
    input: (t) => t.Object({ scheduledId: t.Id }),
    example: { scheduledId: EXAMPLE_IDS.scheduled },
    http: {
      kind: 'derived',
      route: 'DELETE /api/scheduled/:scheduledId',
      operation: 'cancelScheduledMessage',
    },
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
