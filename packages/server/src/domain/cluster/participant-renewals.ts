/**
 * Repeats to the other nodes, in one message for all rooms, that the participants of this node still
 * hold, and in which rooms they have changed. A node that has missed such a message asks for the
 * versions in all rooms. So the cost does not grow with rooms in which nobody enters or leaves.
 */

import type { RoomId } from '@parley/protocol';
import type { NodeId, ParticipantRenewal } from '../../model/bus-message.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { LEASE_MS } from '../delivery/replicated-map.ts';
import type { RoomParticipants } from '../delivery/room-participants.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';

interface ParticipantRenewalsOptions {
  readonly bus: Bus;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'openStreams' | 'participantVersionMax'>;
  /** The nodes that have users, also those of a former version. */
  readonly otherNodeIds: () => Iterable<NodeId>;
}

interface OtherNode {
  /** Number of the last renewal up to which none was missed. */
  number: number;
  heardAtMs: number;
}

interface ListedRoom {
  readonly participants: RoomParticipants;
  /** The version that the other nodes were told; undefined if one of them has to be told again. */
  version: number | undefined;
}

export class ParticipantRenewals {
  readonly #options: ParticipantRenewalsOptions;
  readonly #others = new Map<NodeId, OtherNode>();
  readonly #listed = new Map<RoomId, ListedRoom>();
  #number = 0;
  #unsubscribers: Unsubscribe[] = [];

  constructor(options: ParticipantRenewalsOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { bus } = this.#options;
    this.#unsubscribers = [
      await bus.subscribe('nodes', 'all', (message, from) => {
        if (message.kind === 'participant-renewal') this.#receive(message, from);
      }),
      await bus.subscribe('node', bus.nodeId, (message, from) => {
        if (message.kind === 'participant-renewal') this.#receive(message, from);
        else if (message.kind === 'ask-participant-renewal') this.#answer(from);
      }),
    ];
    this.renew();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribers) unsubscribe();
  }

  /** Whether the other node has repeated that its participants hold. */
  holds(nodeId: NodeId): boolean {
    const node = this.#others.get(nodeId);
    return node !== undefined && this.#options.clock.monotonicMs() < node.heardAtMs + LEASE_MS;
  }

  /** Repeats that the participants of this node hold, and drops those of nodes that are silent. */
  renew(): void {
    const { bus, streams, otherNodeIds } = this.#options;
    for (const { participants } of streams.openStreams()) participants.reportReads();
    this.#number += 1;
    bus.publish('nodes', 'all', this.#changes());
    if (bus.isUp) {
      // After its silence, a node is asked for its versions in all rooms.
      for (const id of this.#others.keys()) if (!this.holds(id)) this.#others.delete(id);
    }
    // A node of a former version expects a message in each room.
    const isFormerThere = [...otherNodeIds()].some((nodeId) => !this.holds(nodeId));
    for (const { participants } of streams.openStreams()) {
      if (isFormerThere) participants.elsewhere?.assert();
      participants.elsewhere?.checkOthers();
    }
  }

  /** After a time without the bus no node counts as silent. */
  renewLeases(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const node of this.#others.values()) node.heardAtMs = nowMs;
  }

  #receive(renewal: ParticipantRenewal, from: NodeId): void {
    const { number, isComplete } = renewal;
    const node = this.#others.get(from) ?? { number: 0, heardAtMs: 0 };
    if (isComplete ? number < node.number : number <= node.number) return; // Late, or repeated.
    this.#others.set(from, node);
    node.heardAtMs = this.#options.clock.monotonicMs();
    // A node that has not listed a room has missed nothing: it will list the room as opened.
    const isMissed = !isComplete && number !== node.number + 1 && this.#listed.size > 0;
    if (isMissed) this.#options.bus.publish('node', from, { kind: 'ask-participant-renewal' });
    else node.number = number;
    this.#apply(renewal, from);
  }

  #apply({ isComplete, versionMax, versions, opened }: ParticipantRenewal, from: NodeId): void {
    const { streams } = this.#options;
    for (const [roomId, version] of versions) {
      const elsewhere = streams.get(roomId)?.participants.elsewhere;
      if (version === null) elsewhere?.noteEnd(from, versionMax);
      else if (version > 0) elsewhere?.receive({ kind: 'assert', version }, from);
    }
    const open = versions.map(([roomId]) => roomId);
    if (isComplete) {
      const isOpen = new Set(open);
      for (const { room, participants } of streams.openStreams()) {
        if (!isOpen.has(room.id)) participants.elsewhere?.noteEnd(from, versionMax);
      }
    }
    for (const roomId of isComplete ? open : opened) {
      const listed = this.#listed.get(roomId);
      if (listed !== undefined) listed.version = undefined;
    }
  }

  /** The rooms that have changed since the last call. */
  #changes(): ParticipantRenewal {
    const { streams } = this.#options;
    const versions: [RoomId, number | null][] = [];
    const opened: RoomId[] = [];
    for (const roomId of this.#listed.keys()) {
      if (streams.get(roomId) !== undefined) continue;
      this.#listed.delete(roomId);
      versions.push([roomId, null]);
    }
    for (const { room, participants } of streams.openStreams()) {
      const { version } = participants;
      const listed = this.#listed.get(room.id);
      const isNew = listed?.participants !== participants;
      if (!isNew && listed.version === version) continue;
      if (isNew) opened.push(room.id);
      this.#listed.set(room.id, { participants, version });
      versions.push([room.id, version]);
    }
    return { ...this.#header(), isComplete: false, versions, opened };
  }

  #answer(nodeId: NodeId): void {
    const { bus, streams } = this.#options;
    const versions = Array.from(
      streams.openStreams(),
      ({ room, participants }) => [room.id, participants.version] as const,
    );
    const all = { ...this.#header(), isComplete: true, versions, opened: [] };
    bus.publish('node', nodeId, all);
  }

  #header() {
    const { participantVersionMax: versionMax } = this.#options.streams;
    return { kind: 'participant-renewal' as const, number: this.#number, versionMax };
  }
}
