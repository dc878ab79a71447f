/**
 * Positions in lists as texts that clients send back. They are sealed where a position may be that of
 * a record that the user may not see, and where a forged one would tell whether such a record exists.
 */
import type { UserId } from '@parley/protocol';
import type { Sealer } from '../../ports/sealer.ts';

/** A list and the version of its positions: others do not open. */
type List = 'members 1' | 'search 1';

export class Cursors {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  /** @param reader The only user whose list continues there. */
  seal(list: List, reader: UserId, position: unknown): string {
    return this.#sealer.seal(contextOf(list, reader), Buffer.from(JSON.stringify(position)));
  }

  /** Undefined if it was not sealed for this list of the reader. */
  open<Position>(list: List, reader: UserId, text: string): Position | undefined {
    const bytes = this.#sealer.open(contextOf(list, reader), text);
    // Sealed by `seal` for the same list.
    return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Position);
  }
}

function contextOf(list: List, reader: UserId): string {
  return `${list} ${reader}`;
}
