/** What a connection has to know of a dialect with flat frames. */
import type { Codec } from '../connection/connection.ts';
import type { FlatDialect, FlatEvent, FlatFrame, FlatMessage, FlatUser } from './flat-dialect.ts';

export interface FlatFrames<M extends FlatMessage> {
  readonly sent: FlatFrame;
  readonly received: FlatEvent<M>;
  readonly greeting: FlatUser;
}

export function flatCodec<M extends FlatMessage>({ decode }: FlatDialect<M>): Codec<FlatFrames<M>> {
  return {
    decode,
    greetingOf: (event) => (event.kind === 'greeting' ? event.user : undefined),
    // Its end is told by the close code.
    isFarewell: () => false,
    probe: () => ({ type: 'ping' }),
  };
}
