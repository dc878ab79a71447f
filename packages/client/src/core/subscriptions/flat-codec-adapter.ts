/** Codec of a dialect without an envelope, for the connection. */
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
    // The close code reports the end of the session.
    isFarewell: () => false,
    probe: () => ({ type: 'ping' }),
  };
}
