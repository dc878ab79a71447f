/** What the commands of the domain work with. Each takes the few that it needs. */
import type { Clock } from '../ports/clock.ts';
import type { Secrets } from '../ports/crypto.ts';
import type { Journal } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Assistant } from './assistant/assistant.ts';
import type { RoomStreams } from './delivery/room-stream-registry.ts';
import type { CommitQueue } from './event-log/commit-queue.ts';
import type { People } from './presence/presence.ts';
import type { Typing } from './presence/typing.ts';
import type { Pace } from './primitives/throttle.ts';
import type { RecentKeys } from './primitives/ttl-set.ts';
import type { UserLimits } from './primitives/user-limits.ts';
import type { EmptyRooms } from './rooms/room-reaper.ts';
import type { RoomActivity } from './rooms/unread-notifier.ts';
import type { DomainSettings } from './settings.ts';

export interface Parts {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly journal: Journal;
  readonly store: Store;
  readonly commits: CommitQueue;
  readonly streams: RoomStreams;
  readonly people: People;
  readonly activity: RoomActivity;
  readonly userLimits: UserLimits;
  /** Of one connection and room. */
  readonly joins: RecentKeys;
  readonly typing: Typing;
  /** Of notices that go to a whole room, by what they are about. */
  readonly pace: Pace;
  readonly emptyRooms: EmptyRooms;
  readonly assistant: Assistant | undefined;
}
