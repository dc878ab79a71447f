/** Sends inputs over one WebSocket, and waits for the answer to the last one. */
import { type ClientOptions, WebSocket } from 'ws';
import { within } from '../../packages/server/test/support/wait.ts';
import { BURST_MS_MAX, type Transcript } from './burst.ts';

interface WebSocketPlan {
  readonly url: string;
  readonly options?: ClientOptions;
  readonly inputs: readonly (string | Buffer)[];
  /** Sent last; the server answers in order, so its answer is the last. */
  readonly question: string;
  readonly isAnswer: (text: string) => boolean;
  readonly transcript: Transcript;
}

export async function playWebSocket(plan: WebSocketPlan): Promise<void> {
  const { url, options, inputs, question, isAnswer, transcript } = plan;
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  socket.on('unexpected-response', (_request, response) => {
    response.resume();
    resolve();
  });
  socket.on('message', (data) => {
    const text = data.toString();
    transcript.noteReceived(text);
    if (isAnswer(text)) resolve();
  });
  socket.on('open', () => {
    for (const input of inputs) {
      transcript.noteSent(input);
      socket.send(input);
    }
    socket.send(question);
  });
  await within(isOver, BURST_MS_MAX, () => {});
  socket.terminate();
}
