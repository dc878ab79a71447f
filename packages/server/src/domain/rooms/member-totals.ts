/** Sends the number of members of a room to those who have it open when memberships change. */

import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { Throttle } from '../primitives/throttle.ts';

interface MemberTotalsDependencies {
  readonly rooms: Pick<RoomStore, 'countMembers'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  /** Limits events about a whole room to one per interval. */
  readonly throttle: Pick<Throttle, 'run'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
}

export class MemberTotals {
  readonly #dependencies: MemberTotalsDependencies;

  constructor(dependencies: MemberTotalsDependencies) {
    this.#dependencies = dependencies;
  }

  noteEvent({ kind, roomId }: Pick<RoomEvent, 'kind' | 'roomId'>): void {
    if (kind === 'access-lost') this.noteChange(roomId);
  }

  /** The number is read, at most once a second: nodes that count for themselves would drift apart. */
  noteChange(roomId: RoomId): void {
    const { background, rooms, streams, throttle } = this.#dependencies;
    if (streams.get(roomId) === undefined) return;
    throttle.run(`total ${roomId}`, () => {
      background.run(
        rooms.countMembers([roomId]).then((totals) => {
          const memberTotal = totals.get(roomId);
          const stream = streams.get(roomId);
          if (memberTotal === undefined || stream === undefined) return;
          broadcast({ kind: 'member-total', roomId, memberTotal }, stream.connections());
        }),
      );
    });
  }
}
