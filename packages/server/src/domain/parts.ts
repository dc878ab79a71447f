/** What the commands of the domain work with. Each takes the few that it needs. */
import type { Clock } from '../ports/clock.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Assistant } from './assistant/assistant.ts';
import type { RoomStreamRegistry } from './delivery/room-stream-registry.ts';
import type { CommitQueue } from './event-log/commit-queue.ts';
import type { Presence } from './presence/presence.ts';
import type { Typing } from './presence/typing.ts';
import type { Throttle } from './primitives/throttle.ts';
import type { TtlSet } from './primitives/ttl-set.ts';
import type { UserLimits } from './primitives/user-limits.ts';
import type { RoomReaper } from './rooms/room-reaper.ts';
import type { UnreadNotifier } from './rooms/unread-notifier.ts';
import type { DomainSettings } from './settings.ts';

export interface Parts {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly logger: Logger;
  readonly store: Store;
  readonly commits: CommitQueue;
  readonly streams: RoomStreamRegistry;
  readonly people: Presence;
  readonly activity: UnreadNotifier;
  readonly userLimits: UserLimits;
  /** Of one connection and room. */
  readonly joins: TtlSet;
  readonly typing: Typing;
  /** Of notices that go to a whole room, by what they are about. */
  readonly throttle: Throttle;
  readonly roomReaper: RoomReaper;
  readonly assistant: Assistant | undefined;
}
