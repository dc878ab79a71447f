/**
 * One conversation with a server, over its own socket: the upgrade, the
 * bytes of a case, and the answers of the server until TCP ends.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { close, ping } from '../../support/bytes.ts';
import { ACCEPT, type RequestChange, upgradeRequest } from '../../support/raw-peer.ts';
import { chosenTls, connectSocket } from '../../support/transport.ts';
import { inTime, until } from '../../support/wait.ts';
import type { Target } from './targets.ts';
import { Transcript } from './transcript.ts';

/** The server has read everything and sends nothing; the last expected line. */
const SILENCE = 'silence';

/** The server reset the connection, and its last output may be lost. */
const RESET = 'reset';

interface Script {
  /** Each is sent in a separate segment. */
  readonly segments: readonly Uint8Array[];
  /** Whether the conversation is over. */
  readonly expected: readonly string[];
  readonly request?: RequestChange;
}

interface Said {
  readonly lines: readonly string[];
  /** Number of messages that were compressed. */
  readonly deflatedMessages: number;
}

/**
 * If the expected end is neither a close frame nor silence, the client sends a close
 * frame after its bytes, and the answer of the server is not recorded.
 */
export async function converse(target: Target, script: Script): Promise<Said> {
  const { segments, expected, request } = script;
  const last = expected.at(-1) ?? '';
  const isSilent = last === SILENCE;
  const saysGoodbye = !isSilent && last !== RESET && !last.startsWith('close');
  const line = await Line.open(target.port, request);
  try {
    await line.sendAll(saysGoodbye ? [...segments, close(1000)] : segments);
    if (isSilent) {
      await passTime(target, request);
      return { ...line.said, lines: [...line.said.lines, SILENCE] };
    }
    await line.toTheEnd();
  } finally {
    line.socket.destroy();
  }
  const { lines, deflatedMessages } = line.said;
  if (!saysGoodbye) return { lines, deflatedMessages };
  assert.equal(lines.at(-1), 'close 1000', `the goodbye is answered; said: ${lines.join(', ')}`);
  return { lines: lines.slice(0, -1), deflatedMessages };
}

/** Two round trips on another connection: by then, earlier bytes have been read. */
async function passTime(target: Target, request?: RequestChange): Promise<void> {
  const beacon = await Line.open(target.port, request);
  for (const count of [1, 2]) {
    await beacon.sendAll([ping()]);
    await until(() => beacon.said.lines.length === count, 'the beacon');
  }
  beacon.socket.destroy();
}

class Line {
  readonly socket: Socket;
  readonly #transcript = new Transcript();
  #isUpgraded = false;
  #head = Buffer.alloc(0);
  #ended: 'end' | 'reset' | undefined;

  static async open(port: number, request?: RequestChange): Promise<Line> {
    const line = new Line(port);
    line.socket.write(upgradeRequest(request));
    await until(() => line.#isUpgraded || line.#ended !== undefined, 'the upgrade');
    assert(line.#isUpgraded, `no upgrade: ${line.#head}`);
    return line;
  }

  private constructor(port: number) {
    this.socket = connectSocket(port, chosenTls() !== undefined).socket;
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket.on('end', () => {
      this.#ended ??= 'end';
    });
    this.socket.on('error', () => {
      this.#ended ??= 'reset';
    });
  }

  get said(): Said {
    const { lines, deflatedMessages } = this.#transcript;
    return { lines: this.#ended === 'reset' ? [...lines, RESET] : lines, deflatedMessages };
  }

  async sendAll(segments: readonly Uint8Array[]): Promise<void> {
    for (const segment of segments) {
      await inTime(
        new Promise<void>((resolve) => this.socket.write(segment, () => setImmediate(resolve))),
        'the bytes to leave',
      );
    }
  }

  /** Answers the server's close frame by ending TCP, and waits until the server has ended it too. */
  async toTheEnd(): Promise<void> {
    const isOver = () => this.said.lines.some((line) => line.startsWith('close'));
    await until(() => isOver() || this.#ended !== undefined, 'a close frame').catch((error) => {
      throw new Error(`${error.message}; said: ${this.said.lines.join(', ')}`);
    });
    this.socket.end();
    await until(() => this.#ended !== undefined, 'the end of TCP');
  }

  #take(chunk: Buffer): void {
    if (this.#isUpgraded) {
      this.#transcript.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#head.subarray(0, end).toString('latin1');
    if (!head.startsWith('HTTP/1.1 101 ')) return;
    assert(head.includes(`Sec-WebSocket-Accept: ${ACCEPT}`), head);
    this.#isUpgraded = true;
    this.#transcript.push(this.#head.subarray(end + 4));
  }
}
