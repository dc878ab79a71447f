/** Clients of the dialects with flat frames: a channel at `/ws/chat`, a conversation at `/messagepal`. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Account } from '../../crash/clients.ts';
import {
  type DialectClient,
  type DialectClientOptions,
  RETRY_MS,
  type ReceivedMessage,
  Transcript,
} from './transcript.ts';

interface FlatDialect {
  readonly name: string;
  readonly path: string;
  /** Command that opens the room, and its answer. */
  readonly open: string;
  readonly opened: string;
  readonly roomField: string;
  /** Whether the server opens the room before the client asks for it. */
  readonly opensItself: boolean;
  /** Fields that address a message. */
  readonly target: object;
}

/** Resolves when the channel is open. */
export function openChannel(options: DialectClientOptions): Promise<DialectClient> {
  return openFlat(options, {
    name: 'channels',
    path: '/ws/chat',
    open: 'join_channel',
    opened: 'joined_channel',
    roomField: 'channelId',
    opensItself: false,
    target: { channelId: options.roomId },
  });
}

/** Resolves when the client is subscribed to the conversation with the recipient. */
export function openConversation(
  options: DialectClientOptions & { readonly recipientId: string },
): Promise<DialectClient> {
  return openFlat(options, {
    name: 'direct',
    path: '/messagepal',
    open: 'subscribe',
    opened: 'subscribed',
    roomField: 'conversationId',
    opensItself: true,
    target: { recipientId: options.recipientId },
  });
}

/** Begins a conversation by a message; resolves to the id of its room. */
export async function beginConversation(
  url: string,
  { token }: Account,
  recipientId: string,
): Promise<string> {
  const socket = connectTo(url, '/messagepal', token);
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'send_message', recipientId, content: 'hello' }));
    for (;;) {
      const [data] = await once(socket, 'message');
      const { type, message } = JSON.parse(String(data));
      if (type === 'message_received') return message.conversationId;
    }
  } finally {
    socket.terminate();
  }
}

async function openFlat(
  options: DialectClientOptions,
  dialect: FlatDialect,
): Promise<DialectClient> {
  const { url, account, roomId } = options;
  const transcript = new Transcript(dialect.name, options);
  const first = Promise.withResolvers<void>();
  let socket: WebSocket;
  let isOpen = false;
  let isClosed = false;
  const send = (type: string, fields: object) => socket.send(JSON.stringify({ type, ...fields }));
  const attempt = (clientMessageId: string): void => {
    if (isOpen) send('send_message', { ...dialect.target, ...transcript.attempt(clientMessageId) });
  };
  const handle = (frame: FlatFrame): void => {
    switch (frame.type) {
      case 'connected':
        if (dialect.opensItself) transcript.openedItself();
        send(dialect.open, { [dialect.roomField]: roomId, ...transcript.resumePoint });
        break;
      case dialect.opened:
        transcript.opened(frame);
        isOpen = true;
        first.resolve();
        for (const clientMessageId of transcript.unanswered) attempt(clientMessageId);
        break;
      case 'new_message':
      case 'message_sent':
      case 'message_received': {
        const { clientMessageId: key, message } = frame;
        if (key === undefined) transcript.received(message);
        else transcript.acknowledged(key, message, { takesPosition: true });
        break;
      }
      case 'error':
        if (frame.clientMessageId !== undefined) {
          transcript.rejected(frame.clientMessageId, frame.code);
        }
        // The store may be unavailable: it opens the room again over a new connection.
        socket.terminate();
        break;
      default:
    }
  };
  const connect = (): void => {
    socket = connectTo(url, dialect.path, account.token);
    socket.on('error', () => {});
    socket.on('close', () => {
      isOpen = false;
      if (!isClosed) setTimeout(connect, RETRY_MS);
    });
    socket.on('message', (data) => handle(JSON.parse(String(data))));
  };
  connect();
  await first.promise;
  return {
    get pending() {
      return transcript.pending;
    },
    say: () => attempt(transcript.compose()),
    judge: (history) => transcript.judge(history),
    close: () => {
      isClosed = true;
      socket.terminate();
    },
  };
}

/** The frames that are used, with all of their fields. */
interface FlatFrame {
  readonly type: string;
  readonly clientMessageId?: string;
  readonly message: ReceivedMessage;
  readonly code: string;
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
}

function connectTo(url: string, path: string, token: string): WebSocket {
  return new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
}
