import { LIMITS } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';

const LIMIT = LIMITS.contentLengthMax;

/** Code points of a message that the server accepts, and the client sends. */
export function useLengthMax(): number {
  return Math.min(LIMIT, useSnapshot(({ contentLengthMax }) => contentLengthMax) ?? LIMIT);
}
