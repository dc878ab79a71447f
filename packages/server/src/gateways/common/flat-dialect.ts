/**
 * Dialects whose frames are JSON objects with a `type`, fields beside it, and no
 * envelope: `/ws/chat`, `/messagepal`. What they have in common is `FlatConnection`
 * and `FlatGateway`; each brings its words.
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

/** Who gives a command, and how it is answered. */
export interface FlatCommandContext {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Sends a frame to this connection. */
  send(frame: FlatFrame): void;
  reject(error: unknown): void;
  /** Ends the connection because of a defect. */
  fail(error: unknown): void;
  /** For a command whose answer comes later: the next one need not wait for it. */
  trackPending(): { readonly settled: () => void };
}

export interface FlatDialect {
  /** What its clients call a field, by what the domain calls it, where the two differ. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Which rooms of a few people are open by themselves; all others are joined. */
  readonly opens: NonNullable<EventEncoder['opens']>;
  /** The first frame of a connection. */
  readonly greet: (connection: Pick<ChatConnection, 'user' | 'shownRole'>) => FlatFrame;
  /** Undefined where the dialect has no word for the event. */
  readonly toFrame: (event: ChatEvent) => FlatFrame | undefined;
  /** @throws {ChatError} UNKNOWN_TYPE, VALIDATION_ERROR, and what the command throws. */
  readonly run: (
    caller: FlatCommandContext,
    type: string,
    fields: Readonly<Record<string, unknown>>,
  ) => void | Promise<void>;
}

/** What its connections are allowed, where it differs from the native dialect. */
export type FlatLimits = Pick<DomainSettings, 'messageRateMax' | 'messageRateWindowMs'>;

/** Tells the link that the client is further behind than such a dialect can say. */
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
