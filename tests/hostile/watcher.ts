/**
 * An honest user in its own process: requests `/health` every 20 ms, now and then
 * over a new connection, reads the history of a room, and sends messages to it. Reports the response
 * times from the first `resume` on, without the time between `pause` and `resume`; of the history,
 * the medians before the attack and during it.
 */
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import { within } from '../../packages/server/test/support/wait.ts';
import { goFirst, type Moment, medianOf, ServerTimes } from './server-times.ts';

export interface WatcherOptions {
  readonly url: string;
  readonly token: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Headers of a proxy in front, if there is one. */
  readonly headers: Readonly<Record<string, string>>;
}

type WatcherRequest = WatcherOptions | 'pause' | 'resume' | 'round' | 'end';

export interface WatcherReport {
  readonly healthMs: number;
  readonly healthWallMs: number;
  readonly chatMs: number;
  /** Median response times of reads before the attack and during it. */
  readonly idleReadMs: number;
  readonly readMs: number;
  readonly honestRequests: number;
  readonly faults: readonly string[];
}

/** The time after which an honest client gives up on an answer. */
const SERVED_MS_MAX = 5_000;
/** By the wall clock, on a machine that is also busy with other work. */
const ANSWER_MS_MAX = 60_000;
const HEALTH_EVERY_MS = 20;
/** One request in this many uses a new connection. */
const FRESH_EVERY = 10;
/** Answers after which the server has compiled and cached what it needs for such requests. */
const WARM_UP_ANSWERS = 50;
/** Answers between two samples of the server's memory. */
const ROUND_ANSWERS = 50;
/** Reads of a user who scrolls fast. */
const READ_EVERY_MS = 30;
/** Reads before the attack, for the median of an idle server. */
const IDLE_READS = 80;
/** Reads from the start of an attack, also if it is shorter: the median of one read says nothing. */
const ATTACK_READS_MIN = 20;
/** Below the message rate limit of a user. */
const CHAT_EVERY_MS = 800;
const ADDRESS = '127.0.0.9';
const FAULTS_MAX = 5;

class Watcher {
  readonly #options: WatcherOptions;
  readonly #times: ServerTimes;
  readonly #agent = new Agent({ keepAlive: true, localAddress: ADDRESS });
  readonly #faults = new Map<string, number>();
  /** Pending requests. */
  readonly #asked = new Set<Moment>();
  readonly #waiting = new Map<string, Moment>();
  /** Pending reads, by the id of their frame. */
  readonly #reading = new Map<string, Moment>();
  readonly #idleReads: number[] = [];
  /** Reads from the start of the attack to the first pause after it. */
  readonly #reads: number[] = [];
  #isAttacked = false;
  #readCount = 0;
  #socket: WebSocket | undefined;
  #roomId = '';
  #healthMs = 0;
  #healthWallMs = 0;
  #chatMs = 0;
  #requests = 0;
  #messages = 0;
  #served = 0;
  #answers = 0;
  #isOver = false;
  #isPaused = false;
  #isMeasuring = false;
  #onAnswer = (): void => {};

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#times = new ServerTimes(options.pid);
  }

  /** Resolves once the server is warm. */
  async begin(): Promise<void> {
    await this.#join();
    const repeat = (act: () => void, everyMs: number): void => {
      if (this.#isOver) return;
      if (!this.#isPaused) act();
      setTimeout(() => repeat(act, everyMs), everyMs);
    };
    repeat(() => this.#askHealth(), HEALTH_EVERY_MS);
    repeat(() => this.#say(), CHAT_EVERY_MS);
    repeat(() => this.#read(), READ_EVERY_MS);
    await this.#whenAnswered(WARM_UP_ANSWERS);
    this.#idleReads.length = 0; // Those were slow: nothing was compiled or cached.
    await this.#whenAnswer(() => this.#idleReads.length >= IDLE_READS);
  }

  /** Waits for the pending requests, and sends no more. */
  async pause(): Promise<void> {
    if (this.#isAttacked) {
      const hasRead = this.#whenAnswer(() => this.#reads.length >= ATTACK_READS_MIN);
      await within(hasRead, SERVED_MS_MAX, () => {});
    }
    this.#isPaused = true;
    this.#isAttacked = false;
    await within(this.#whenNothingPends(), SERVED_MS_MAX, () => {});
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#isAttacked = true;
    [this.#healthMs, this.#healthWallMs, this.#chatMs, this.#served] = [0, 0, 0, 0];
  }

  /** Resumes, and waits for as many answers as take a second at the usual rate. */
  async serveRound(): Promise<void> {
    this.resume();
    await within(this.#whenAnswered(ROUND_ANSWERS), SERVED_MS_MAX, () => {});
  }

  /** Waits for the pending requests. */
  async end(): Promise<WatcherReport> {
    this.#isOver = true;
    await within(this.#whenNothingPends(), SERVED_MS_MAX, () => {});
    this.#noteUnanswered();
    this.#socket?.terminate();
    return {
      healthMs: Math.round(this.#healthMs),
      healthWallMs: Math.round(this.#healthWallMs),
      chatMs: Math.round(this.#chatMs),
      idleReadMs: medianOf(this.#idleReads),
      readMs: medianOf(this.#reads),
      honestRequests: this.#served,
      faults: [...this.#faults]
        .map(([text, count]) => `${text} (${count} times)`)
        .slice(0, FAULTS_MAX),
    };
  }

  /** Resolves after so many answers from now on. */
  #whenAnswered(count: number): Promise<void> {
    const target = this.#answers + count;
    return this.#whenAnswer(() => this.#answers >= target);
  }

  #whenNothingPends(): Promise<void> {
    return this.#whenAnswer(() => this.#asked.size + this.#waiting.size === 0);
  }

  /** Resolves once the condition holds, which is checked now and after each answer. */
  #whenAnswer(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAnswer = () => {
      if (holds()) resolve();
    };
    this.#onAnswer();
    return promise;
  }

  async #join(): Promise<void> {
    const { url, token, headers } = this.#options;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
      localAddress: ADDRESS,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    this.#socket = socket;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.on('error', reject);
    socket.on('close', (code) => {
      if (!this.#isOver) this.#note(`the honest person's connection was closed with ${code}`);
      reject(new Error('closed'));
    });
    socket.on('message', (data) => {
      const { type, payload, replyTo } = JSON.parse(data.toString());
      if (type === 'connection_established') {
        socket.send(JSON.stringify({ type: 'join_room', payload: { roomName: 'quiet' } }));
      } else if (type === 'room_joined') {
        this.#roomId = payload.roomId;
        resolve();
      } else if (type === 'message_ack') this.#onAck(payload.clientMessageId);
      else if (type === 'history') this.#onHistory(replyTo);
      else if (type === 'error') this.#note(`the honest person was answered ${payload.code}`);
    });
    await promise;
  }

  #say(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#messages += 1;
    const clientMessageId = `honest-${this.#messages}`;
    this.#waiting.set(clientMessageId, this.#times.now());
    const payload = { roomId: this.#roomId, content: 'still here', clientMessageId };
    this.#socket.send(JSON.stringify({ type: 'chat_message', payload }));
  }

  #onAck(clientMessageId: string): void {
    const sent = this.#waiting.get(clientMessageId);
    this.#waiting.delete(clientMessageId);
    this.#served += 1;
    this.#onAnswer();
    if (sent === undefined) return;
    const tookMs = this.#times.since(sent);
    this.#chatMs = Math.max(this.#chatMs, tookMs);
    if (tookMs > SERVED_MS_MAX) this.#note('an honest message was acknowledged too late');
  }

  /** One read at a time: a slow server is not asked more. */
  #read(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#reading.size > 0) return;
    this.#readCount += 1;
    const id = `read-${this.#readCount}`;
    this.#reading.set(id, this.#times.now());
    this.#socket.send(
      JSON.stringify({ type: 'get_history', id, payload: { roomId: this.#roomId } }),
    );
  }

  #onHistory(id: string): void {
    const asked = this.#reading.get(id);
    if (asked === undefined) return;
    this.#reading.delete(id);
    const tookMs = this.#times.since(asked, { isRead: true });
    if (this.#isAttacked) this.#reads.push(tookMs);
    else if (!this.#isMeasuring) this.#idleReads.push(tookMs);
    this.#onAnswer();
  }

  /** Requests that are still pending have taken at least until now. */
  #noteUnanswered(): void {
    for (const sent of this.#waiting.values()) {
      this.#chatMs = Math.max(this.#chatMs, this.#times.since(sent));
      this.#note('an honest message was not acknowledged');
    }
    for (const began of [...this.#asked]) this.#measure(began);
    if (this.#isMeasuring && this.#reads.length === 0) this.#note('no honest read was answered');
  }

  #askHealth(): void {
    this.#requests += 1;
    const isFresh = this.#requests % FRESH_EVERY === 0;
    const path = isFresh ? '/api/auth/me' : '/health';
    const began = this.#times.now();
    this.#asked.add(began);
    const { url, token, headers } = this.#options;
    const sent = request(url + path, {
      agent: isFresh ? false : this.#agent,
      localAddress: ADDRESS,
      timeout: ANSWER_MS_MAX,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    sent.on('error', (error) => {
      if (!this.#isOver) this.#note(`${path} was not answered: ${error.message}`);
      this.#measure(began);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode !== 200) this.#note(`${path} was answered ${response.statusCode}`);
        this.#measure(began);
      });
    });
    sent.end();
  }

  #measure(began: Moment): void {
    if (!this.#asked.delete(began)) return;
    this.#answers += 1;
    this.#served += 1;
    this.#onAnswer();
    const ownMs = this.#times.since(began);
    this.#healthWallMs = Math.max(this.#healthWallMs, performance.now() - began.wallMs);
    this.#healthMs = Math.max(this.#healthMs, ownMs);
    if (ownMs > SERVED_MS_MAX) this.#note('an honest request was answered too late');
  }

  #note(text: string): void {
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }
}

let watcher: Watcher | undefined;
goFirst();
process.on('message', (message: WatcherRequest) => void handle(message));
process.on('disconnect', () => process.exit(0));

async function handle(message: WatcherRequest): Promise<void> {
  switch (message) {
    case 'pause':
      await watcher?.pause();
      process.send?.('paused');
      return;
    case 'resume':
      watcher?.resume();
      return;
    case 'round':
      await watcher?.serveRound();
      process.send?.('served');
      return;
    case 'end':
      process.send?.(await watcher?.end());
      return;
    default:
      watcher = new Watcher(message);
      await watcher.begin();
      process.send?.('watching');
  }
}
