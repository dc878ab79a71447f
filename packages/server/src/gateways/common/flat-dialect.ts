/**
 * Dialects whose frames are JSON objects with a `type` and fields beside it, without an
 * envelope: `/ws/chat` and `/messagepal`. They share `FlatConnection` and `FlatGateway`; each
 * defines its commands and encodings.
 */
import { prepareFrame } from '@parley/websocket';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/connection.ts';
import type { DomainSettings } from '../../domain/settings.ts';
import type { ChatEvent } from '../../model/client-event.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';

export interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Sender of a command, and functions that answer it. */
export interface FlatCommandContext {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Sends a frame to this connection. */
  send(frame: FlatFrame): void;
  reject(error: unknown): void;
  /** Closes the connection because of a bug in the server. */
  fail(error: unknown): void;
  /** Registers an answer that is sent later, so that the next command need not wait for it. */
  trackPending(): { readonly done: () => void };
}

export interface FlatDialect {
  /** Wire name by domain name, for fields whose names differ. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Kinds of small rooms to which a connection is subscribed automatically; all others must be joined. */
  readonly opens: NonNullable<EventEncoder['opens']>;
  /** The first frame of a connection. */
  readonly greet: (connection: Pick<ChatConnection, 'user' | 'shownRole'>) => FlatFrame;
  /** Returns undefined if the dialect has no frame for the event. */
  readonly toFrame: (event: ChatEvent) => FlatFrame | undefined;
  /** @throws {ChatError} UNKNOWN_TYPE, VALIDATION_ERROR, and what the command throws. */
  readonly run: (
    context: FlatCommandContext,
    type: string,
    fields: Readonly<Record<string, unknown>>,
  ) => void | Promise<void>;
}

/** Rate limits of a connection, as far as they differ from the native dialect. */
export type FlatLimits = Pick<DomainSettings, 'messageRateMax' | 'messageRateWindowMs'>;

/** Tells the transport that the client is further behind than such a dialect can express. */
export const TOO_FAR_BEHIND = Object.freeze({ kind: 'too-far-behind' });

export function toEventEncoder({ toFrame, opens }: FlatDialect): EventEncoder {
  return {
    opens,
    encode(event) {
      if (event.kind === 'resync-required') return TOO_FAR_BEHIND;
      const frame = toFrame(event);
      return frame && prepareFrame(JSON.stringify(frame));
    },
  };
}
