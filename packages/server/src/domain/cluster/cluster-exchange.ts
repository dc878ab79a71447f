/** Repeats to the other nodes what this node holds, and asks them for what it may have missed. */

import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { UserPresence } from '../presence/user-presence.ts';
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
  readonly clock: Pick<Clock, 'schedule' | 'monotonicMs'>;
  readonly streams: Pick<RoomStreamRegistry, 'askForParticipants'>;
  readonly participantRenewals: Pick<
    ParticipantRenewals,
    'begin' | 'close' | 'renew' | 'renewLeases'
  >;
  readonly presence: Pick<UserPresence, 'begin' | 'askOthers' | 'renew'>;
  readonly headExchange: Pick<HeadExchange, 'begin' | 'close' | 'roundSeconds'>;
  readonly clusterMemberships: Pick<ClusterMemberships, 'begin' | 'close'>;
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

  /** Whether messages reach the other nodes. */
  get busState(): BusState {
    const { bus, headExchange } = this.#dependencies;
    if (bus.isUp) return { state: 'up' };
    // Without the bus, events of other nodes are found when their rooms are compared.
    return { state: 'down', delaySecondsMax: headExchange.roundSeconds };
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
