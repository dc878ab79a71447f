/** What the commands of the domain work with. Each takes the few that it needs. */
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Store } from '../ports/store.ts';
import type { Assistant } from './assistant.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { EmptyRooms } from './empty-rooms.ts';
import type { Pace } from './pace.ts';
import type { People } from './people.ts';
import type { RecentKeys } from './recent-keys.ts';
import type { RoomActivity } from './room-activity.ts';
import type { RoomStreams } from './room-streams.ts';
import type { DomainSettings } from './settings.ts';
import type { Typing } from './typing.ts';
import type { UserLimits } from './user-limits.ts';

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
