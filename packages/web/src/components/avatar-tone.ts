/** Picks one of twelve avatar colours for a user id. Pure. */
export const AVATAR_TONES = 12;

/** From 0 to 11; the same id always gets the same colour. */
export function avatarTone(userId: string): number {
  let hash = 0;
  for (let index = 0; index < userId.length; index += 1) {
    hash = (hash * 31 + userId.charCodeAt(index)) >>> 0;
  }
  return hash % AVATAR_TONES;
}
