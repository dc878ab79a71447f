/** Applies to this node what other nodes report, and repeats to them what this node holds. */

import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { showDraft } from '../assistant/reply-progress.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import type { ParticipantChange } from '../delivery/room-participants.ts';
import type { RoomNotice, RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { ReadReceipts } from '../messages/read-receipts.ts';
import { showPruned } from '../messages/retention.ts';
import type { Typing } from '../presence/typing.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { MembershipAnnouncer } from '../rooms/membership-announcer.ts';
import type { ParticipantAnnouncer } from '../rooms/participant-announcer.ts';
import { showChange } from '../rooms/room-changes.ts';
import type { RoomReaper } from '../rooms/room-reaper.ts';
import type { SubscriptionLifecycle } from '../rooms/subscription-lifecycle.ts';
import type { DomainSettings } from '../settings.ts';
import type { ClusterMemberships } from './cluster-memberships.ts';
import type { HeadExchange } from './head-exchange.ts';
import type { ParticipantRenewals } from './participant-renewals.ts';

/** Interval at which a node repeats that its users are connected and have rooms open. */
const RENEWAL_MS = 5000;
/** Delay of this timer after which the process has stood still, as after SIGSTOP. */
const STALL_MS = 5000;

type BusState =
  | { readonly state: 'up' }
  /** Events of other nodes arrive late, after this many seconds at most. */
  | { readonly state: 'down'; readonly delaySecondsMax: number };

interface ClusterExchangeDependencies {
  readonly bus: Bus;
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  readonly clock: Pick<Clock, 'schedule' | 'monotonicMs'>;
  readonly streams: Pick<RoomStreamRegistry, 'askForParticipants'>;
  readonly participantRenewals: Pick<
    ParticipantRenewals,
    'begin' | 'close' | 'renew' | 'renewLeases'
  >;
  readonly presence: Pick<UserPresence, 'begin' | 'askOthers' | 'renew'>;
  readonly headExchange: Pick<HeadExchange, 'begin' | 'close' | 'roundSeconds'>;
  readonly clusterMemberships: Pick<ClusterMemberships, 'begin' | 'close'>;
  readonly typing: Pick<Typing, 'showElsewhere'>;
  readonly readReceipts: Pick<ReadReceipts, 'show'>;
  readonly announcer: Pick<ParticipantAnnouncer, 'announceFromOtherNode'>;
  readonly membershipAnnouncer: Pick<MembershipAnnouncer, 'show'>;
  readonly roomReaper: Pick<RoomReaper, 'becameEmpty'>;
  readonly subscriptions: Pick<SubscriptionLifecycle, 'resyncAll'>;
}

export class ClusterExchange {
  readonly #dependencies: ClusterExchangeDependencies;
  #renewal: Timer | undefined;
  #onReconnected: Unsubscribe | undefined;

  constructor(dependencies: ClusterExchangeDependencies) {
    this.#dependencies = dependencies;
  }

  /** Starts to exchange with the other nodes what is not in the store. */
  async begin(): Promise<void> {
    const { bus, presence, participantRenewals } = this.#dependencies;
    const { headExchange, clusterMemberships } = this.#dependencies;
    if (!bus.isShared) return;
    await headExchange.begin();
    await participantRenewals.begin();
    await presence.begin();
    clusterMemberships.begin();
    this.#onReconnected = bus.onReconnected(() => this.#askOthers());
    this.#renewRecords();
  }

  close(): void {
    this.#dependencies.headExchange.close();
    this.#dependencies.participantRenewals.close();
    this.#dependencies.clusterMemberships.close();
    this.#renewal?.cancel();
    this.#onReconnected?.();
  }

  /** Whether messages reach the other nodes; undefined for a server that is the only node. */
  get busState(): BusState | undefined {
    const { bus, headExchange } = this.#dependencies;
    if (!bus.isShared) return undefined;
    if (bus.isUp) return { state: 'up' };
    // Without the bus, events of other nodes are found when their rooms are compared.
    return { state: 'down', delaySecondsMax: headExchange.roundSeconds };
  }

  /** Shows to the clients of this node what happens in a room on another node. */
  handleNotice(stream: ConnectionStream, notice: RoomNotice): void {
    switch (notice.kind) {
      case 'typing':
        this.#dependencies.typing.showElsewhere(stream, notice);
        return;
      case 'read-position':
        this.#dependencies.readReceipts.show(stream, notice);
        return;
      case 'draft':
        showDraft(this.#dependencies, stream, notice);
        return;
      case 'gone':
        this.#dependencies.subscriptions.resyncAll(stream);
        return;
      case 'room-changed':
        showChange(stream, notice);
        return;
      case 'membership-changed':
        this.#dependencies.membershipAnnouncer.show(stream, notice.change);
        return;
      case 'history-pruned':
        showPruned(stream, notice.firstSequence);
        return;
      default: // A kind of a later version.
    }
  }

  /** A user has entered or left a room on another node. */
  handleParticipant(stream: ConnectionStream, change: ParticipantChange): void {
    this.#dependencies.announcer.announceFromOtherNode(stream, change);
    if (!change.isPresent) this.#dependencies.roomReaper.becameEmpty(stream.room);
  }

  /** After a time in which no messages were read: their senders do not count as silent. */
  #askOthers(): void {
    const { presence, participantRenewals, streams } = this.#dependencies;
    presence.askOthers();
    participantRenewals.renewLeases();
    streams.askForParticipants();
  }

  #renewRecords(): void {
    const { clock, presence, participantRenewals } = this.#dependencies;
    const dueAtMs = clock.monotonicMs() + RENEWAL_MS;
    this.#renewal = clock.schedule(RENEWAL_MS, () => {
      // Timers run before the messages that have arrived meanwhile.
      if (clock.monotonicMs() >= dueAtMs + STALL_MS) this.#askOthers();
      presence.renew();
      participantRenewals.renew();
      this.#renewRecords();
    });
  }
}
