/**
 * Tells connected users who follow a thread of its new replies, at most once a second per thread, and
 * the other devices of a user of what the user has read or chosen.
 */
import type { UserId } from '@parley/protocol';
import type { ThreadId } from '../../model/thread.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { Throttle } from '../primitives/throttle.ts';
import type { UnreadNotifier } from '../rooms/unread-notifier.ts';

/** Users whose counts are read at once. */
const PAGE = 500;

interface ThreadNoticesDependencies {
  readonly store: Pick<Store, 'threads'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
  readonly throttle: Pick<Throttle, 'run'>;
  readonly background: BackgroundTasks;
  readonly unreadNotifier: Pick<UnreadNotifier, 'sendMissed'>;
}

export class ThreadNotices {
  readonly #dependencies: ThreadNoticesDependencies;

  constructor(dependencies: ThreadNoticesDependencies) {
    this.#dependencies = dependencies;
  }

  /** This node has committed a reply. */
  announceReply(thread: ThreadId): void {
    const { nodes } = this.#dependencies;
    if (nodes.isShared) nodes.send({ kind: 'thread-reply', ...thread });
    this.showReply(thread);
  }

  /** A reply was committed: tells the followers on this node. */
  showReply(thread: ThreadId): void {
    const { background, throttle } = this.#dependencies;
    throttle.run(`thread ${thread.rootId}`, () => background.run(this.#showToFollowers(thread)));
  }

  /** A user has read a thread or chosen to follow it: tells the user's connections on all nodes. */
  showChange(userId: UserId, thread: ThreadId): void {
    this.#dependencies.connectedUsers.send(userId, { kind: 'thread-changed', ...thread });
    this.showTo(userId, thread);
  }

  /** Also what is unread in the room: it leaves out what was read in the thread. */
  showTo(userId: UserId, thread: ThreadId): void {
    const { background, connectedUsers, unreadNotifier } = this.#dependencies;
    background.run(this.#show([userId], thread));
    for (const connection of connectedUsers.connectionsOf(userId)) {
      if (!connection.hasOpen(thread.roomId)) {
        unreadNotifier.sendMissed(connection, [thread.roomId]);
      }
    }
  }

  async #showToFollowers(thread: ThreadId): Promise<void> {
    const userIds = await this.#dependencies.store.threads.listFollowers(thread);
    for (let first = 0; first < userIds.length; first += PAGE) {
      await this.#show(userIds.slice(first, first + PAGE), thread);
    }
  }

  async #show(userIds: readonly UserId[], { roomId, rootId }: ThreadId): Promise<void> {
    const { store, connectedUsers } = this.#dependencies;
    const here = userIds.filter((id) => connectedUsers.connectionsOf(id).length > 0);
    if (here.length === 0) return;
    for (const state of await store.threads.readThreadStates({ roomId, rootId }, here)) {
      const connections = connectedUsers.connectionsOf(state.userId);
      broadcast({ kind: 'thread-changed', roomId, rootId, state }, connections);
    }
  }
}
