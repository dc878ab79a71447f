/** Texts of what can be done with a message, and of its delivery. */
import type { ErrorCode } from '@parley/client';
import { count, emojiName, reactors, strings } from './strings.ts';

export const messageStrings = Object.freeze({
  /** Before the name and the text of the message that a reply answers. */
  answers: 'Reply to',
  earlier: 'An earlier message',
  streaming: 'The assistant is writing',
  sending: 'Sending',
  waiting: 'Waiting to be sent',
  notSent: (code: ErrorCode) =>
    `Not sent. ${
      code === 'FORBIDDEN'
        ? 'The room is archived, you were removed from it, or one of you has blocked the other.'
        : strings.error(code)
    }`,
  warnEveryone: (n: number) => `This notifies ${count(n, 'person', 'people')}.`,
  length: (length: number, limit: number) => `${length} / ${limit}`,
  tooLong: (length: number, limit: number) => `${count(length - limit, 'character')} too many`,
  tooManyMarks: 'Too many combining marks in a row',
  moderatorsMention: 'In this room, only moderators mention everyone.',
  notDone: strings.message.notDone,
  deleting: 'Message deleted.',
  undo: 'Undo',
  notSentBecause: (reason: string) => `Not sent. ${reason}.`,
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
  copyQuote: 'Copy as quote',
  forward: 'Forward…',
  copyLink: 'Copy link',
  copy: 'Copy',
  copied: 'Copied',
  delete: 'Delete',
  report: 'Report…',
  saveForLater: 'Save for later…',
  pin: 'Pin',
  unpin: 'Unpin',
  reactors,
});
