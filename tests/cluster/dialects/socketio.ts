/** A client with Socket.IO's own package. */
import { io } from 'socket.io-client';
import {
  type DialectClient,
  type DialectClientOptions,
  type OpenedRoom,
  RETRY_MS,
  type ReceivedMessage,
  Transcript,
} from './transcript.ts';

type Transport = 'websocket' | 'polling';

interface Answer {
  readonly ok: boolean;
  readonly message?: ReceivedMessage;
  readonly error?: { readonly code: string };
}

/** Resolves when it has joined the room. */
export async function openSocketIo(
  options: DialectClientOptions & { readonly transport: Transport },
): Promise<DialectClient> {
  const { url, account, roomId, transport } = options;
  const transcript = new Transcript(`Socket.IO (${transport})`, options);
  const first = Promise.withResolvers<void>();
  const socket = io(url, {
    auth: { token: account.token },
    transports: [transport],
    reconnectionDelay: RETRY_MS,
    reconnectionDelayMax: 5 * RETRY_MS,
    forceNew: true,
  });
  let isOpen = false;
  const attempt = (clientMessageId: string): void => {
    if (!isOpen) return;
    const message = { roomId, ...transcript.attempt(clientMessageId) };
    socket.emit('message:send', message, ({ message, error }: Answer) => {
      if (message !== undefined) {
        // The message itself came before its answer.
        transcript.acknowledged(clientMessageId, message, { takesPosition: false });
      } else if (transcript.rejected(clientMessageId, error?.code ?? '')) {
        setTimeout(() => transcript.has(clientMessageId) && attempt(clientMessageId), RETRY_MS);
      }
    });
  };
  const handleOpen = (): void => {
    isOpen = true;
    for (const clientMessageId of transcript.unanswered) attempt(clientMessageId);
  };
  const join = (): void => {
    socket.emit('room:join', { roomId, ...transcript.resumePoint }, (answer: object) => {
      if ('headSequence' in answer) {
        transcript.opened(answer as OpenedRoom);
        first.resolve();
        handleOpen();
      } else if (socket.connected) setTimeout(join, RETRY_MS);
    });
  };
  // A recovered connection has the room still open, and gets what it has missed.
  socket.on('connect', () => (socket.recovered ? handleOpen() : join()));
  // Socket.IO reconnects alone only if the connection was lost, not if the server rejected or ended it.
  const connectLater = () => !socket.active && setTimeout(() => socket.connect(), RETRY_MS);
  socket.on('connect_error', connectLater);
  socket.on('disconnect', (reason) => {
    isOpen = false;
    if (reason === 'io server disconnect') connectLater();
  });
  socket.on('message:new', (message: ReceivedMessage) => transcript.received(message));
  await first.promise;
  return {
    get pending() {
      return transcript.pending;
    },
    say: () => attempt(transcript.compose()),
    judge: (history) => transcript.judge(history),
    close: () => {
      socket.off('disconnect');
      socket.disconnect();
    },
  };
}
