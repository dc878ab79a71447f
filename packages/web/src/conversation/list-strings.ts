/** Texts above and beside the messages of a room. */
import { count } from '../strings.ts';

export const listStrings = Object.freeze({
  firstUnread: 'Jump to first unread',
  newBelow: (n: number) => `${n} new`,
  announceOne: (sender: string, content: string) => `${sender}: ${content}`,
  announceMany: (n: number) => count(n, 'new message'),
});
