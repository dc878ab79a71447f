/** Texts of what can be done with a message, and of its delivery. */
import type { ErrorCode } from '@parley/client';
import { emojiName, reactors, strings } from './strings.ts';

export const messageStrings = Object.freeze({
  streaming: 'The assistant is writing',
  sending: 'Sending',
  waiting: 'Waiting to be sent',
  notSent: (code: ErrorCode) =>
    `Not sent. ${
      code === 'FORBIDDEN'
        ? 'The room is archived, you were removed from it, or one of you has blocked the other.'
        : strings.error(code)
    }`,
  notReached: (names: readonly string[]) =>
    names.length === 1
      ? `${names[0]} is not in this room.`
      : `${new Intl.ListFormat('en').format(names)} are not in this room.`,
  invite: 'Invite',
  dismiss: 'Dismiss',
  retry: 'Retry',
  discard: 'Discard',
  actions: 'Message actions',
  react: (emoji: string) => `React with ${emojiName(emoji)}`,
  addReaction: 'Add reaction',
  reply: 'Reply',
  edit: 'Edit',
  save: 'Save',
  more: 'More actions',
  copyText: 'Copy text',
  copyLink: 'Copy link',
  copy: 'Copy',
  copied: 'Copied',
  delete: 'Delete',
  report: 'Report…',
  pin: 'Pin',
  unpin: 'Unpin',
  reactors,
});
