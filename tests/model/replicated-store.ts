/**
 * A store with a standby that lags: a failover loses the latest writes, and every log gets another
 * epoch. Only commands of members are lost; the store waits for its standby when memberships or
 * sessions end, and when rooms or users are created.
 */
import type { LogCommand } from '../../packages/server/src/model/log-command.ts';
import type { RoomEvent } from '../../packages/server/src/model/room-event.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';

type PartName = keyof Pick<
  Store,
  | 'accounts'
  | 'sessions'
  | 'rooms'
  | 'workspaces'
  | 'invitations'
  | 'invites'
  | 'audit'
  | 'search'
  | 'log'
>;

interface Write {
  readonly part: PartName;
  readonly name: string;
  readonly args: readonly unknown[];
  /** The events that a commit has stored. */
  events: readonly RoomEvent[];
}

const PARTS: readonly PartName[] = [
  'accounts',
  'sessions',
  'rooms',
  'workspaces',
  'invitations',
  'invites',
  'audit',
  'search',
  'log',
];
/** Writes that may be lost, besides commits. */
const LOSABLE: ReadonlySet<string> = new Set([
  'log.probe',
  'rooms.markRead',
  'rooms.markUnread',
  'accounts.setLastSeen',
  'sessions.touchSessions',
]);

export class ReplicatedStore {
  /** The store that the nodes use, before and after a failover. */
  readonly store: Store;
  readonly #openEmpty: () => Store;
  readonly #onStored: (event: RoomEvent) => void;
  readonly #writes: Write[] = [];
  #primary: Store;

  /** @param onStored Called with each event when it is stored. */
  constructor(openEmpty: () => Store, onStored: (event: RoomEvent) => void) {
    this.#openEmpty = openEmpty;
    this.#onStored = onStored;
    this.#primary = openEmpty();
    const parts = PARTS.map((part) => [part, this.#partThatFollows(part)]);
    this.store = { ...this.#primary, ...Object.fromEntries(parts) };
  }

  /** Loses up to this many of the latest writes. Returns the events that are lost. */
  async failOver(lostMax: number): Promise<readonly RoomEvent[]> {
    const begin = Math.max(0, this.#writes.length - lostMax);
    const kept = Math.max(begin, this.#writes.findLastIndex((write) => !isLosable(write)) + 1);
    const lost = this.#writes.splice(kept);
    this.#primary = this.#openEmpty();
    for (const write of this.#writes) {
      // A write that was rejected is rejected again.
      await this.#carryOut(write).catch(() => {});
    }
    return lost.flatMap(({ events }) => events);
  }

  #partThatFollows(part: PartName): object {
    return new Proxy(this.#primary[part], {
      get: (_, name: string) => {
        const member: unknown = Reflect.get(this.#primary[part], name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          isRead(name)
            ? this.#carryOut({ part, name, args })
            : this.#write({ part, name, args, events: [] });
      },
    });
  }

  async #write(write: Write): Promise<unknown> {
    this.#writes.push(write);
    const result = await this.#carryOut(write);
    if (!isCommit(write)) return result;
    const outcomes = result as Awaited<ReturnType<Store['log']['commit']>>;
    write.events = outcomes.flatMap((each) => (each.kind === 'stored' ? [each.event] : []));
    for (const event of write.events) this.#onStored(event);
    return result;
  }

  async #carryOut({ part, name, args }: Omit<Write, 'events'>): Promise<unknown> {
    const target = this.#primary[part];
    return Reflect.apply(Reflect.get(target, name), target, args);
  }
}

export function isRead(name: string): boolean {
  return /^(read|find|list|get|count|search)/.test(name);
}

function isCommit({ part, name }: Write): boolean {
  return part === 'log' && name === 'commit';
}

function isLosable(write: Write): boolean {
  if (!isCommit(write)) return LOSABLE.has(`${write.part}.${write.name}`);
  const [commands] = write.args as [readonly LogCommand[]];
  return commands.every(({ kind }) => kind !== 'access-lost');
}
