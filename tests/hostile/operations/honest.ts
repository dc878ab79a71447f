/** The honest user of an attack by operations, in a process of its own: sends a message and reads a page, in turn. */
import { WebSocket } from 'ws';
import { goFirst, medianOf, ServerTimes } from '../server-times.ts';

export interface HonestOptions {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  readonly roomId: string;
}

/** Medians in milliseconds. */
export interface HonestTimes {
  readonly sendMs: number;
  readonly readMs: number;
}

export type HonestRequest = HonestOptions | { readonly rounds: number };

const PAGE = 50;
let socket: WebSocket | undefined;
let options: HonestOptions | undefined;
let times: ServerTimes | undefined;
let count = 0;
const waiting = new Map<string, (text: string) => void>();

goFirst();
process.on('disconnect', () => process.exit(0));
process.on('message', (request: HonestRequest) => {
  const answer = 'rounds' in request ? measure(request.rounds) : enter(request);
  answer.then(
    (said) => process.send?.(said),
    (error: Error) => process.send?.({ failure: error.message }),
  );
});

async function enter(given: HonestOptions): Promise<object> {
  socket?.terminate();
  if (options?.pid !== given.pid) times = new ServerTimes(given.pid);
  options = given;
  const opened = new WebSocket(`${given.url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${given.token}` },
  });
  socket = opened;
  opened.on('message', (data) => {
    const { replyTo } = JSON.parse(data.toString()) as { readonly replyTo?: string };
    const answered = waiting.get(replyTo ?? '');
    waiting.delete(replyTo ?? '');
    answered?.(data.toString());
  });
  await new Promise((resolve, reject) => {
    opened.once('open', resolve);
    opened.once('error', reject);
  });
  await ask('join_room', { roomId: given.roomId });
  return {};
}

async function measure(rounds: number): Promise<HonestTimes> {
  const [sent, read]: [number[], number[]] = [[], []];
  const roomId = options?.roomId;
  for (let round = 0; round < rounds; round += 1) {
    sent.push(await ask('chat_message', { roomId, content: 'still here' }));
    read.push(await ask('get_history', { roomId, limit: PAGE }));
  }
  return { sendMs: medianOf(sent), readMs: medianOf(read) };
}

/** Resolves to the time of the answer. */
async function ask(type: string, payload: object): Promise<number> {
  if (socket === undefined || times === undefined) throw new Error('There is no connection');
  count += 1;
  const id = `h${count}`;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const closed = () => reject(new Error('the connection of the honest user was closed'));
  socket.once('close', closed);
  waiting.set(id, resolve);
  const began = times.now();
  socket.send(JSON.stringify({ type, payload, id }));
  const text = await promise;
  const tookMs = times.since(began, { isRead: type === 'get_history' });
  socket.off('close', closed);
  if (text.startsWith('{"type":"error"')) throw new Error(`${type} was answered ${text}`);
  return tookMs;
}
