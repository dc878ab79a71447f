/** Texts about threads that the user follows, outside of the first load. */
import { count } from './strings.ts';

export const followStrings = {
  title: 'Threads',
  none: 'Threads that you write in, and those that mention you, are listed here. You can follow others, too: open a thread and press Follow.',
  loading: 'Loading the threads',
  failed: 'The threads could not be loaded.',
  more: 'Show more',
  gone: 'The first message no longer exists.',
  unread: (n: number) => count(n, 'unread reply', 'unread replies'),
  /** The server counts up to a maximum. */
  many: (n: number, max: number) => (n < max ? String(n) : `${max - 1}+`),
  read: (room: string) => `Mark the thread in ${room} as read`,
  end: (room: string) => `Unfollow the thread in ${room}`,
  follow: 'Follow',
  unfollow: 'Unfollow',
} as const;
