/** The parts of a server that its settings switch on, for clients. */
import type { Values } from './load-config.ts';

export function capabilitiesOf({ AI_BASE_URL }: Values): readonly string[] {
  return ['streams', ...(AI_BASE_URL === undefined ? [] : ['assistant'])];
}
