/** The native dialect at `/ws`: frames with an envelope of type, payload and id. */
import {
  ChatError,
  type ClientFrame,
  type ClientFrameType,
  type ClientPayload,
} from '@parley/protocol';
import {
  type CommandEntry,
  COMMANDS as ENTRIES,
  isForTokens,
  needsProof,
} from '@parley/protocol/commands';
import { decodeClientFrame } from '@parley/protocol/validators';
import { prepareFrame } from '@parley/websocket';
import { requireFullSession } from '../../domain/accounts/full-session.ts';
import { toChatError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Codec, type Decoded, parseFrame, type ReceivedFrame } from '../common/codec.ts';
import { toErrorBody } from '../common/error-body.ts';
import { errorContextOf } from '../common/error-context.ts';
import { toListEnd } from '../common/payloads.ts';
import { withRoomIds } from '../common/room-fields.ts';
import type { Command, CommandContext } from './command-context.ts';
import { COMMANDS } from './commands.ts';
import { encodeEvent, encodeFrame, toOwnRoomEntry, toSelf } from './encode.ts';

interface ReceivedNativeFrame extends ReceivedFrame {
  /** The id of the frame, which its answers repeat. */
  readonly replyTo: string | undefined;
  readonly command: ClientFrame | undefined;
  /** The payload, also of a frame that is not a command. */
  readonly payload: unknown;
}

/** Fields that an `error` repeats; `replyTo` identifies the frame itself. */
const ROOM_FIELDS = ['roomId', 'roomName'] as const;

type Payload = ClientPayload<ClientFrameType>;

const KEEPALIVE_TYPES: ReadonlySet<string | null> = new Set(['heartbeat', 'ping']);

/** The server as the first frame describes it. */
export interface ServerDescription {
  readonly version: string;
  /** Parts that not every server has. */
  readonly capabilities: readonly string[];
}

export function nativeCodec(
  clock: Pick<Clock, 'nowMs'>,
  { version, capabilities }: ServerDescription,
): Codec<ReceivedNativeFrame> {
  return {
    name: 'native',
    events: {
      encode: (event) => {
        const text = encodeEvent(event, clock.nowMs());
        return text === undefined ? undefined : prepareFrame(text);
      },
    },
    unauthenticated: 'http-status',
    hasStreams: true,
    decode,
    isKeepalive: ({ type }) => KEEPALIVE_TYPES.has(type),
    run(client, frame) {
      const { command, replyTo } = frame;
      if (command === undefined) return;
      const { chat, chatConnection: connection, contentLengthMax } = client;
      const { type, payload } = command;
      const entry: CommandEntry = ENTRIES[type];
      if (!isForTokens(entry, payload)) requireFullSession(connection);
      // Type and payload of a frame match, which the type of the table cannot express.
      const run = COMMANDS[type] as Command<ClientFrameType>;
      const reply: CommandContext['reply'] = (replyType, body) =>
        client.sendText(() => encodeFrame(replyType, body, { nowMs: clock.nowMs(), replyTo }));
      const defer: CommandContext['defer'] = (begin, answer) => client.defer(frame, begin, answer);
      const { user } = connection;
      const context = { chat, user, connection, contentLengthMax, defer, reply };
      if (needsProof(entry.proof, payload)) {
        return chat.recentProof.require(connection).then(async () => {
          await run(context, await withRoomIds(context, type, payload as Payload));
        });
      }
      const resolved = withRoomIds(context, type, payload as Payload);
      if (resolved instanceof Promise) return resolved.then((found) => run(context, found));
      return run(context, resolved);
    },
    encodeGreeting(connection, { rooms, groups, ...end }, contentLengthMax) {
      const nowMs = clock.nowMs();
      const greeting = {
        connectionId: connection.id,
        user: toSelf(connection.user, groups),
        serverTime: new Date(nowMs).toISOString(),
        version,
        capabilities,
        contentLengthMax,
        rooms: rooms.map(toOwnRoomEntry),
        ...toListEnd(end),
      };
      return encodeFrame('connection_established', greeting, { nowMs });
    },
    encodeError(error, frame) {
      const context = errorContextOf(frame?.payload, ROOM_FIELDS);
      const body = { ...toErrorBody(error), originalType: frame?.type ?? null, ...context };
      return encodeFrame('error', body, { nowMs: clock.nowMs(), replyTo: frame?.replyTo });
    },
    encodeDraining: (retryAfterMs) =>
      encodeFrame('server_draining', { retryAfterMs }, { nowMs: clock.nowMs() }),
    encodeSessionEnd: (reason) =>
      encodeFrame('session_expired', { reason }, { nowMs: clock.nowMs() }),
  };
}

function decode(data: Buffer): Decoded<ReceivedNativeFrame> {
  try {
    const value = parseFrame(data);
    const decoded = decodeClientFrame(value);
    if (decoded.kind === 'frame') {
      const { frame: command } = decoded;
      const { type, id: replyTo, payload } = command;
      return { frame: { type, replyTo, command, payload }, error: undefined };
    }
    const { code, message, field, originalType: type, replyTo } = decoded;
    const error = new ChatError(code, field === undefined ? { message } : { message, field });
    const { payload } = (value ?? {}) as { readonly payload?: unknown };
    return { frame: { type, replyTo, command: undefined, payload }, error };
  } catch (error) {
    const frame = { type: null, replyTo: undefined, command: undefined, payload: undefined };
    return { frame, error: toChatError(error) };
  }
}
