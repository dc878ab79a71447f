/**
 * Runs tables of server output against our client and the client of `ws`. Both
 * echo; the server is a raw socket that sends the bytes of the case.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { WebSocket } from 'ws';
import { connect } from '../../../src/index.ts';
import { uint } from '../../support/bytes.ts';
import { echo } from '../../support/test-server.ts';
import {
  type ClientTarget,
  chosenTls,
  chosenTransport,
  clientTarget,
} from '../../support/transport.ts';
import { inTime, until } from '../../support/wait.ts';
import type { TargetName } from './targets.ts';
import { Transcript } from './transcript.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MESSAGE_BYTES_MAX = 1_000;
const SUBPROTOCOL = 'chat';

/** `open`, or `rejected`: the connection is abandoned, and its promise rejects or `error` is emitted. */
type Verdict = 'open' | 'rejected';

export type AnswerCase = readonly [
  title: string,
  /** The section of RFC 6455, unless another RFC is named. */
  source: string,
  /** Changes to a valid answer, see `answerTo`. */
  change: AnswerChange,
  verdict: Verdict,
  /** The verdict of `ws`, if it is less strict. */
  wsVerdict?: Verdict,
];

interface AnswerChange {
  readonly statusLine?: string;
  /** Replaces, adds or (`undefined`) removes headers; `accept` stands for the correct value. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type ClientFrameCase = readonly [
  title: string,
  source: string,
  sent: Uint8Array | readonly Uint8Array[],
  says: readonly string[],
  wsSays?: readonly string[],
];

/** A server frame with its length in the shortest form. */
export function serverFrame(
  opcode: number,
  payload: string | Uint8Array = '',
  { isFinal = true, reservedBits = 0 } = {},
): Buffer {
  const content = Buffer.from(payload);
  const { length } = content;
  const size =
    length < 126
      ? uint(length, 1)
      : length < 65_536
        ? Buffer.concat([uint(126, 1), uint(length, 2)])
        : Buffer.concat([uint(127, 1), uint(0, 2), uint(length, 6)]);
  const first = (isFinal ? 0x80 : 0) | reservedBits | opcode;
  return Buffer.concat([uint(first, 1), size, content]);
}

export function runAnswerCases(cases: readonly AnswerCase[]): void {
  for (const name of targetNames()) {
    const stage = raiseStage();
    for (const [title, source, change, verdict, wsVerdict] of cases) {
      assert.notEqual(verdict, wsVerdict, `${title}: ws does the same`);
      test(`${name} client: ${title} (${source})`, async () => {
        const client = dial(name, stage.target);
        const call = await stage.next();
        call.answer(change);

        const found = await inTime(client.verdict, 'the client to make up its mind');

        call.socket.destroy();
        assert.equal(found, (name === 'ws' ? wsVerdict : undefined) ?? verdict);
      });
    }
  }
}

export function runClientFrameCases(cases: readonly ClientFrameCase[]): void {
  for (const name of targetNames()) {
    const stage = raiseStage();
    for (const [title, source, sent, says, wsSays] of cases) {
      assert.notDeepEqual(says, wsSays, `${title}: ws says the same`);
      test(`${name} client: ${title} (${source})`, async () => {
        const expected = (name === 'ws' ? wsSays : undefined) ?? says;
        const segments = sent instanceof Uint8Array ? [sent] : sent;

        assert.deepEqual(await converse(name, stage, { segments, expected }), expected);
      });
    }
  }
}

/** Over TCP both clients, over another transport only ours. */
function targetNames(): readonly TargetName[] {
  return chosenTransport() === 'tcp' ? ['ours', 'ws'] : ['ours'];
}

interface Script {
  readonly segments: readonly Uint8Array[];
  readonly expected: readonly string[];
}

/** As with servers: if nothing else closes it, the raw end sends a close frame, and its answer is not recorded. */
async function converse(name: TargetName, stage: Stage, script: Script): Promise<string[]> {
  const { segments, expected } = script;
  const isSilent = expected.at(-1) === 'silence';
  const saysGoodbye = !isSilent && expected.at(-1)?.startsWith('close') !== true;
  const client = dial(name, stage.target);
  const call = await stage.next();
  call.answer({});
  assert.equal(await client.verdict, 'open');
  const goodbye = serverFrame(0x8, uint(1000, 2));
  for (const segment of saysGoodbye ? [...segments, goodbye] : segments) {
    await new Promise<void>((sent) => call.socket.write(segment, () => setImmediate(sent)));
  }
  if (isSilent) {
    // Round trips of another connection of the same process: by then everything was read.
    await converse(name, stage, { segments: [serverFrame(0x9)], expected: ['pong'] });
    call.socket.destroy();
    return [...call.transcript.lines, 'silence'];
  }
  await until(
    () => call.transcript.lines.some((line) => line.startsWith('close')),
    'a close frame',
  );
  call.socket.end();
  await until(() => call.hasEnded, 'the client to end');
  const { lines } = call.transcript;
  if (!saysGoodbye) return lines;
  assert.equal(lines.at(-1), 'close 1000', lines.join(', '));
  return lines.slice(0, -1);
}

interface Stage {
  readonly target: ClientTarget;
  /** The next connection, after its request has arrived. */
  next(): Promise<Call>;
}

/** A raw server for the cases that follow. */
function raiseStage(): Stage {
  const calls: Call[] = [];
  let server: Server;
  before(async () => {
    const settings = { allowHalfOpen: true, noDelay: true };
    const handleSocket = (socket: Socket) => calls.push(new Call(socket));
    const tls = chosenTls();
    server =
      tls === undefined
        ? createServer(settings, handleSocket)
        : createTlsServer({ ...settings, ...tls }, handleSocket);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => server.close());
  return {
    get target() {
      // A TCP server that listens has an address of this kind.
      return clientTarget((server.address() as AddressInfo).port);
    },
    next: async () => {
      await until(() => calls[0]?.key !== undefined, 'the request');
      const [call] = calls.splice(0, 1);
      assert(call !== undefined);
      return call;
    },
  };
}

class Call {
  readonly socket: Socket;
  readonly transcript = new Transcript('client');
  hasEnded = false;
  #head = '';
  key: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', () => {
      this.hasEnded = true;
    });
    socket.on('data', (chunk) => {
      if (this.key !== undefined) return this.transcript.push(chunk);
      this.#head += chunk.toString('latin1');
      if (this.#head.endsWith('\r\n\r\n')) {
        this.key = /Sec-WebSocket-Key: (\S+)/i.exec(this.#head)?.[1] ?? '';
      }
    });
  }

  answer({ statusLine = 'HTTP/1.1 101 Switching Protocols', headers = {} }: AnswerChange): void {
    const accept = createHash('sha1').update(`${this.key}${GUID}`).digest('base64');
    const fields = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': accept,
      'Sec-WebSocket-Protocol': SUBPROTOCOL,
      ...headers,
    };
    const lines = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [value].flat().map((each) => `${name}: ${each.replace('accept', accept)}`),
    );
    this.socket.write(`${[statusLine, ...lines].join('\r\n')}\r\n\r\n`);
  }
}

function dial(name: TargetName, target: ClientTarget): { readonly verdict: Promise<Verdict> } {
  return { verdict: name === 'ours' ? dialOurs(target) : dialWs(target.url) };
}

async function dialOurs({ url, options }: ClientTarget): Promise<Verdict> {
  try {
    const connection = await connect(url, {
      ...options,
      protocols: [SUBPROTOCOL],
      perMessageDeflate: true,
      maxMessageSize: MESSAGE_BYTES_MAX,
    });
    echo(connection);
    return 'open';
  } catch {
    return 'rejected';
  }
}

function dialWs(url: string): Promise<Verdict> {
  const socket = new WebSocket(url, [SUBPROTOCOL], { maxPayload: MESSAGE_BYTES_MAX });
  socket.on('message', (data: Buffer, isBinary) => socket.send(data, { binary: isBinary }));
  return new Promise((resolve) => {
    socket.on('error', () => resolve('rejected'));
    socket.on('open', () => resolve('open'));
  });
}
