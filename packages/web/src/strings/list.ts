/** Texts of a conversation that are not in the first load. */
import { count, nameList } from './strings.ts';

export const listStrings = Object.freeze({
  firstUnread: 'Jump to first unread',
  newBelow: (n: number) => `${n} new`,
  missing: 'This message is not here (any more).',
  dismissMissing: 'Close the notice',
  blocked: 'A message of a person whom you have blocked.',
  showBlocked: 'Show',
  announceOne: (sender: string, content: string) => `${sender}: ${content}`,
  announceMany: (n: number) => count(n, 'new message'),
  newReplies: (people: readonly string[]) => `${nameList(people)} replied to`,
  newRepliesUnknown: (people: readonly string[]) => `${nameList(people)} replied in a thread`,
  typing: (people: readonly string[]) => {
    if (people.length === 0) return '';
    if (people.length > 3) return 'Several people are typing';
    return `${nameList(people)} ${people.length === 1 ? 'is' : 'are'} typing`;
  },
  loadingOlder: 'Loading older messages',
  olderFailed: 'Older messages could not be loaded.',
  olderBound: 'This page cannot show older messages than these.',
});
