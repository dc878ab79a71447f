/**
 * Dialects whose frames are JSON objects with a `type` and fields beside it, without an
 * envelope: `/ws/chat` and `/messagepal`. Each defines its commands and encodings.
 */
import { ChatError } from '@parley/protocol';
import { prepareFrame } from '@parley/websocket';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import { type OnAcknowledged, sentMessageOf } from '../../domain/delivery/log-writer.ts';
import { toChatError } from '../../domain/errors.ts';
import type { ChatEvent } from '../../model/client-event.ts';
import type { Message } from '../../model/message.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';
import type { DialectName } from '../../ports/command-metrics.ts';
import {
  type Codec,
  type ConnectionContext,
  type Decoded,
  parseFrame,
  type ReceivedFrame,
  TOO_FAR_BEHIND,
} from './codec.ts';
import { toErrorBody } from './error-body.ts';
import { errorContextOf } from './error-context.ts';

export interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface ReceivedFlatFrame extends ReceivedFrame {
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface FlatCommandContext extends ConnectionContext {
  /** Sends a frame to this connection. */
  send(frame: FlatFrame): void;
}

export interface FlatDialect {
  readonly name: DialectName;
  /** Wire name by domain name, for fields whose names differ. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Kinds of small rooms to which a connection is subscribed automatically; all others must be joined. */
  readonly opens: NonNullable<EventEncoder['opens']>;
  readonly presence?: EventEncoder['presence'];
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

const CONTEXT_FIELDS = [
  'originalType',
  'channelId',
  'conversationId',
  'recipientId',
  'clientMessageId',
] as const;

export function flatCodec(dialect: FlatDialect): Codec<ReceivedFlatFrame> {
  return {
    name: dialect.name,
    events: toEventEncoder(dialect),
    unauthenticated: 'close-code',
    decode,
    isKeepalive: ({ type }) => type === 'ping',
    run(client, received) {
      const { chat, chatConnection: connection, contentLengthMax } = client;
      const { type, fields } = received;
      const send = (frame: FlatFrame): void => client.sendText(() => JSON.stringify(frame));
      if (type === 'ping') {
        send({ type: 'pong' });
        return;
      }
      const defer: FlatCommandContext['defer'] = (begin, answer) =>
        client.defer(received, begin, answer);
      const context = { chat, connection, contentLengthMax, defer, send };
      return dialect.run(context, type ?? '', fields);
    },
    encodeGreeting: (connection) => JSON.stringify(dialect.greet(connection)),
    encodeError: (error, frame) =>
      JSON.stringify({
        type: 'error',
        ...toErrorBody(error, dialect.fieldNames),
        ...errorContextOf({ ...frame?.fields, originalType: frame?.type }, CONTEXT_FIELDS),
      }),
  };
}

/** Sends a message, and answers with `toAnswer`. @throws what `send` throws. */
export function sendFlatMessage(
  context: FlatCommandContext,
  message: {
    readonly send: (onAcknowledged: OnAcknowledged) => void | Promise<void>;
    readonly toAnswer: (message: Message) => FlatFrame;
  },
): void | Promise<void> {
  return context.defer(message.send, (acknowledgement) =>
    context.send(message.toAnswer(sentMessageOf(acknowledgement))),
  );
}

function toEventEncoder({ toFrame, opens, presence }: FlatDialect): EventEncoder {
  return {
    opens,
    ...(presence === undefined ? {} : { presence }),
    encode(event) {
      if (event.kind === 'resync-required') return TOO_FAR_BEHIND;
      const frame = toFrame(event);
      return frame && prepareFrame(JSON.stringify(frame));
    },
  };
}

function decode(data: Buffer): Decoded<ReceivedFlatFrame> {
  try {
    return { frame: toReceived(parseFrame(data)), error: undefined };
  } catch (error) {
    return { frame: { type: null, fields: {} }, error: toChatError(error) };
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toReceived(value: unknown): ReceivedFlatFrame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('VALIDATION_ERROR', { message: 'A frame must be a JSON object' });
  }
  const { type, ...fields } = value as Readonly<Record<string, unknown>>;
  if (typeof type === 'string') return { type, fields };
  const message = "The field 'type' must be a string";
  throw new ChatError('VALIDATION_ERROR', { field: 'type', message });
}
