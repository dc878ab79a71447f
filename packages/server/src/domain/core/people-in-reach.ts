/**
 * Guests reach only people whom they were given: those of their rooms, workspaces and conversations, and
 * those who have invited them. To a guest, all others look as unknown users do.
 */
import type { UserId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';

export interface ReachDependencies {
  readonly store: { readonly rooms: Pick<Store['rooms'], 'listAcquainted'> };
}

type Person = Pick<User, 'id'>;

/** Those whom the asker reaches, in their order. For a guest the store is also asked about none: it takes the same time. */
export async function inReachOf<P extends Person>(
  dependencies: ReachDependencies,
  asker: Pick<User, 'id' | 'role'>,
  people: readonly P[],
): Promise<readonly P[]> {
  if (permits('write-to-all', asker)) return people;
  const acquainted = await findAcquainted(dependencies, asker, people);
  return people.filter(({ id }) => id === asker.id || acquainted.has(id));
}

/** Those with whom a user shares a room or workspace, has a conversation, or who have invited the user. */
export async function findAcquainted(
  { store }: ReachDependencies,
  { id: userId }: Person,
  people: readonly Person[],
): Promise<ReadonlySet<UserId>> {
  const others = people.map(({ id }) => ({ id, directKey: directKeyOf(userId, id) }));
  return new Set(await store.rooms.listAcquainted(userId, others));
}

/** Undefined also for a user whom the asker does not reach. */
export async function onlyInReach(
  dependencies: ReachDependencies,
  asker: Pick<User, 'id' | 'role'>,
  found: User | undefined,
): Promise<User | undefined> {
  const [person] = await inReachOf(dependencies, asker, found === undefined ? [] : [found]);
  return person;
}
