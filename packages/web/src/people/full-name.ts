/** The name of a user in every part of the page: with the username if others show the same name. Pure. */
import type { UserPayload } from '@parley/client';

type ShownNameParts = Pick<UserPayload, 'displayName' | 'nameShared'>;

export function fullName(known: ShownNameParts | undefined, username: string): string {
  const { displayName, nameShared } = known ?? {};
  if (displayName === undefined) return username;
  return nameShared ? `${displayName} (@${username})` : displayName;
}
