/** A client's connection as the domain sees it: pushing events and ending it. */
import type { SessionEndReason } from '@parley/protocol';
import type { ChatEvent } from '../model/client-event.ts';

/** An event encoded for one dialect; encoded once and sent to many clients. */
export type EncodedFrame = object;

export interface EventEncoder {
  /**
   * Rooms of few users to which connections are subscribed automatically; all others are joined.
   * Undefined for both kinds.
   */
  readonly opens?: readonly ('direct' | 'group')[];
  /**
   * `watched`: clients get the presence of users whom they ask for; `by-room`: in each room of the users
   * who have it open; default: once of all who share a room.
   */
  readonly presence?: 'watched' | 'by-room';
  /** Undefined if the dialect does not have this event. */
  encode(event: ChatEvent): EncodedFrame | undefined;
}

/** Reason why the server ends a connection. */
export type EndReason = 'session-ended';

/** For the operator. */
export interface ClientDescription {
  readonly dialect: string;
  readonly address: string;
  readonly openForMs: number;
}

export interface ClientTransport {
  readonly about: ClientDescription;
  readonly dialect: EventEncoder;
  /**
   * Bytes that the client has not received yet. The owner of the transport reports when they have
   * drained.
   */
  readonly bufferedBytes: number;
  /** Queues a frame. Never throws and never waits. */
  push(frame: EncodedFrame): void;
  end(reason: EndReason, cause: SessionEndReason): void;
}
