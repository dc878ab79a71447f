/** Bursts over Socket.IO: a WebSocket, and requests of a polling client. */
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import { BURST_MS_MAX, type Burst, type BurstContext } from './burst.ts';
import { mutateText } from './mutations.ts';
import { PacketGrammar } from './socketio-packets.ts';
import { playWebSocket } from './web-socket-burst.ts';

const PACKETS_PER_BURST = 20;
const PAYLOADS_PER_BURST = 6;
/** The server holds a valid poll until it has something to send. */
const ODD_MS_MAX = 200;
const SEPARATOR = '\u001e';
const LAST_ID = 987_654;
const PATH = '/socket.io/?EIO=4&transport=';

const overWebSocket: Burst = async (context) => {
  const { url, account, known, random, transcript } = context;
  const grammar = new PacketGrammar(random, known, account.token);
  const packets = Array.from({ length: PACKETS_PER_BURST }, () => grammar.next()).flat();
  const connect = random.isOneIn(10) ? [] : ['40'];
  await playWebSocket({
    url: `${url.replace('http', 'ws')}${PATH}websocket`,
    options: { headers: { cookie: account.cookie } },
    inputs: [...connect, ...packets],
    question: `42${LAST_ID}["room:list"]`,
    isAnswer: (text) => text.startsWith(`43${LAST_ID}`),
    transcript,
  });
};

const overPolling: Burst = async (context) => {
  const { account, known, random } = context;
  const opened = await ask(context, `${PATH}polling`);
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1];
  if (sid === undefined) return;
  const target = `${PATH}polling&sid=${sid}`;
  await post(context, target, '40');
  await ask(context, target);
  const grammar = new PacketGrammar(random, known, account.token);
  for (let index = 0; index < PAYLOADS_PER_BURST; index += 1) {
    await post(context, target, payload(grammar, random), contentType(random));
    if (random.isOneIn(3)) void ask(context, target);
    if (random.isOneIn(4)) await ask(context, oddTarget(target, random), { waitMs: ODD_MS_MAX });
  }
  await post(context, target, '41');
  await ask(context, target, { waitMs: ODD_MS_MAX });
};

function payload(grammar: PacketGrammar, random: SeededRandom): string {
  const packets = Array.from({ length: random.below(8) }, () => grammar.next())
    .flat()
    .map((packet) => (typeof packet === 'string' ? packet : `b${packet.toString('base64')}`));
  const text = packets.join(random.isOneIn(20) ? SEPARATOR.repeat(2) : SEPARATOR);
  return random.isOneIn(8) ? mutateText(text, random) : text;
}

function contentType(random: SeededRandom): string {
  if (!random.isOneIn(10)) return 'text/plain;charset=UTF-8';
  return random.pick([
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/json',
    'text/plain;charset=utf-16',
  ]);
}

function oddTarget(target: string, random: SeededRandom): string {
  return random.pick([
    target.replace('EIO=4', 'EIO=3'),
    target.replace('EIO=4', 'EIO=__proto__'),
    target.replace('polling', 'websocket'),
    target.replace('polling', 'webtransport'),
    target.replace('polling', 'constructor'),
    `${target}&sid=`,
    `${target}&sid=x`,
    `${target}&j=1%3Balert(1)`,
    `${target}&b64=1`,
    target.replace(/sid=.*/, 'sid=__proto__'),
    target.replace(/sid=.*/, 'sid=%ff%00'),
    target.replace(/sid=.*/, 'sid[]=1&sid[a]=2'),
  ]);
}

interface AskOptions {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: object;
  readonly waitMs?: number;
}

function post(
  context: BurstContext,
  target: string,
  body: string,
  type = 'text/plain;charset=UTF-8',
): Promise<string> {
  return ask(context, target, { method: 'POST', body, headers: { 'content-type': type } });
}

/** The body of the answer; empty if none arrived in time. */
async function ask(
  { url, account, transcript }: BurstContext,
  target: string,
  { waitMs = BURST_MS_MAX, ...init }: AskOptions = {},
): Promise<string> {
  transcript.noteSent(`${init.method ?? 'GET'} ${target} ${init.body ?? ''}`);
  try {
    const answer = await fetch(url + target, {
      ...init,
      headers: { cookie: account.cookie, ...init.headers },
      signal: AbortSignal.timeout(waitMs),
    });
    const text = await answer.text();
    transcript.noteReceived(`HTTP/1.1 ${answer.status} ${text}`);
    return text;
  } catch {
    return ''; // Closed, or no answer within the time of a burst.
  }
}

export const SOCKETIO_BURSTS: Readonly<Record<string, Burst>> = {
  'socketio-websocket': overWebSocket,
  'socketio-polling': overPolling,
};
