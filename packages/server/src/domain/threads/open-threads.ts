/** Threads that users follow: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { ThreadNotices } from './thread-notices.ts';
import { THREADS_PAGE_DEFAULT, Threads } from './threads.ts';

export function openThreads(core: Core, { displayNames, unreadNotifier }: RoomsFeature) {
  const { events, nodes, reads, userMessages } = core;
  const notices = new ThreadNotices({ ...core, unreadNotifier });
  let unlisten: (() => void) | undefined;
  events.on('beginning', 'threads', async () => {
    if (!nodes.isShared) return;
    unlisten = await nodes.listen({
      'thread-reply': ({ roomId, rootId }) => notices.showReply({ roomId, rootId }),
    });
  });
  events.on('closing', 'threads', () => unlisten?.());
  events.on('stored', 'threads', (event, _author, committedBy) => {
    if (committedBy !== 'own' || event.kind !== 'message') return;
    const { roomId, reply } = event.message;
    if (reply !== undefined) notices.announceReply({ roomId, rootId: reply.parentId });
  });
  userMessages.on('thread-changed', 'threads', (userId, { roomId, rootId }) => {
    notices.showTo(userId, { roomId, rootId });
  });
  const threads = new Threads({ ...core, displayNames, notices });
  // Each thread of a page is read by itself.
  const costOf = (limit = THREADS_PAGE_DEFAULT) => 2 * Math.ceil(limit / THREADS_PAGE_DEFAULT);
  const limited = reads.limit(threads, { list: (_user, { limit }) => costOf(limit) });
  return { services: { threads: limited } };
}
