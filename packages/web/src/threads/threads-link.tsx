/** The link to the threads that the user follows, with the number of those that have unread replies. */
import { ColumnLink } from '../rooms/column-link.tsx';
import { THREADS_PATH } from '../route.ts';
import { followStrings as texts } from '../strings/threads.ts';
import { useUnreadThreads } from './use-unread-threads.ts';

/** The server counts up to it. */
const COUNT_MAX = 100;

export default function ThreadsLink({ isHere }: { readonly isHere: boolean }) {
  const { hasAny, unreadThreads } = useUnreadThreads();
  if (!hasAny && !isHere) return null;
  const note = unreadThreads > 0 ? texts.many(unreadThreads, COUNT_MAX) : undefined;
  return (
    <ColumnLink to={THREADS_PATH} icon="thread" name={texts.title} note={note} isHere={isHere} />
  );
}
