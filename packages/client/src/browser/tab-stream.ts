/** The stream of one tab in the socket that all tabs share; for the client it is a socket. */
import type { CancelTimer, Environment, Socket, SocketHandlers } from '../core/environment.ts';
import type { StreamHub, StreamText } from './stream-hub.ts';

/** Time limit for a sign of life of the tab that has the socket, after each text for it. */
const ANSWER_MS = 3_000;
/** A page that was busy or suspended runs its timers first, and receives the answer now. */
const LATE_ANSWER_MS = 1_000;

/** A text from a tab to the one that has the socket. */
export type StreamRequest = readonly [key: string, text: StreamText, protocols: readonly string[]];

/** This tab, as its streams see it. */
export interface Tab {
  readonly environment: Environment;
  readonly locks: LockManager;
  readonly name: string;
  /** Present while this tab has the socket. */
  readonly hub: StreamHub | undefined;
  post(request: StreamRequest): void;
  /** The stream has ended. */
  remove(stream: TabStream): void;
  /** The client has given up the stream, which is removed. */
  handleAbandoned(): void;
  /** The tab that has the socket does not answer. */
  handleSilence(stream: TabStream): void;
}

export class TabStream implements Socket {
  /** Whether the stream was open, so that its client must catch up through another. */
  isUpgraded = false;
  readonly #tab: Tab;
  readonly #handlers: SocketHandlers;
  readonly #protocols: readonly string[];
  #key = '';
  #hub: StreamHub | undefined;
  #channel: BroadcastChannel | undefined;
  #isEnded = false;
  #releaseLock = (): void => {};
  #cancelTimer: CancelTimer | undefined;

  constructor(tab: Tab, handlers: SocketHandlers, protocols: readonly string[]) {
    this.#tab = tab;
    this.#handlers = handlers;
    this.#protocols = protocols;
  }

  /** Begins, or begins again, through the tab that has the socket now. */
  attach(): void {
    this.#detach();
    const { environment, hub, locks, name } = this.#tab;
    const protocols = this.#protocols;
    const key = environment.newId();
    this.#key = key;
    this.#hub = hub;
    if (hub !== undefined) {
      hub.open(key, this.#take, protocols);
      return;
    }
    this.#channel = new BroadcastChannel(`${name} ${key}`);
    this.#channel.onmessage = ({ data }: MessageEvent<StreamText>) => this.#take(data);
    this.#expectAnswer();
    // The lock shows that this tab lives: when it is free, the stream is closed.
    void locks.request(`${name} ${key}`, () => {
      if (this.#key !== key) return undefined;
      this.#tab.post([key, '+', protocols]);
      return new Promise<void>((resolve) => {
        this.#releaseLock = resolve;
      });
    });
  }

  send(text: string): void {
    if (!this.#isEnded) this.#forward(` ${text}`);
  }

  close(): void {
    if (this.#isEnded) return;
    this.#forward('-1000');
    this.#end();
    this.#tab.handleAbandoned();
  }

  /** Ends as a socket does whose network is lost. */
  lose(code = 1006): void {
    if (this.#isEnded) return;
    this.#end();
    this.#handlers.onClose(code);
  }

  readonly #take = (text: StreamText): void => {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { onOpen, onText } = this.#handlers;
    if (text.startsWith(' ')) {
      onText(text.slice(1));
    } else if (text.startsWith('-')) {
      this.lose(Number.parseInt(text.slice(1), 10));
    } else if (text === '+') {
      this.isUpgraded = true;
      onOpen();
    }
  };

  #forward(text: StreamText): void {
    if (this.#hub !== undefined) {
      this.#hub.send(this.#key, text);
      return;
    }
    this.#tab.post([this.#key, text, []]);
    this.#expectAnswer();
  }

  #expectAnswer(): void {
    const { setTimer } = this.#tab.environment;
    this.#cancelTimer ??= setTimer(() => {
      this.#cancelTimer = setTimer(() => this.#tab.handleSilence(this), LATE_ANSWER_MS);
    }, ANSWER_MS);
  }

  #end(): void {
    this.#isEnded = true;
    this.#detach();
    this.#tab.remove(this);
  }

  #detach(): void {
    this.#key = '';
    this.#channel?.close();
    this.#channel = undefined;
    this.#releaseLock();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
