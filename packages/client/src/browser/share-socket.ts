/**
 * All tabs of a browser connect through one WebSocket. The tab that holds a Web Lock has the socket, and
 * forwards for the others over `BroadcastChannel`, without timers, so that it may be a hidden one. Each
 * tab keeps its own client, for which its stream is a socket: another holder of the lock means
 * a lost connection.
 */
import type { Environment, Signal, Socket, SocketHandlers } from '../core/environment.ts';
import { type Deliver, StreamHub } from './stream-hub.ts';
import { type StreamRequest, type Tab, TabStream } from './tab-stream.ts';

/** The sender has the socket from now on. */
const ANNOUNCEMENT = 'socket';
/** Present in `localStorage` while a tab has the socket, and after a crash of that tab. */
const HINT_KEY = 'parley-socket';

/**
 * Returns an environment whose sockets are streams of one WebSocket that all tabs of the browser share.
 * Pages without Web Locks, and servers of older versions, get a socket for each tab.
 *
 * @param account Name or id of the user: tabs of different users share nothing.
 */
export function shareSocket(
  environment: Environment,
  { account }: { readonly account: string },
): Environment {
  // Pages on plain HTTP have none.
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (locks === undefined) return environment;
  const tab = new SharingTab(environment, locks, account);
  return {
    ...environment,
    openSocket: (...options) => tab.open(...options),
    signals: { ...environment.signals, subscribe: (listener) => tab.subscribe(listener) },
  };
}

class SharingTab implements Tab {
  readonly environment: Environment;
  readonly locks: LockManager;
  name: string;
  hub: StreamHub | undefined;
  readonly #streams = new Set<TabStream>();
  readonly #listeners = new Set<(signal: Signal) => void>();
  #channel: BroadcastChannel | undefined;
  #url = '';
  #isSupported = true;
  /** The client has given up a stream: the socket, or the tab that has it, may be dead. */
  #isSuspect = false;
  #isQueued = false;
  /** Whether this tab serves the others. Without the lock, its hub is only for itself. */
  #hasLock = false;
  #leaving = new AbortController();
  #releaseLock = (): void => {};

  constructor(environment: Environment, locks: LockManager, account: string) {
    this.environment = environment;
    this.locks = locks;
    this.name = `parley-socket ${account}`;
  }

  subscribe(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    const unsubscribe = this.environment.signals.subscribe(listener);
    return () => {
      this.#listeners.delete(listener);
      unsubscribe();
    };
  }

  open(url: string, handlers: SocketHandlers, protocols: readonly string[] = []): Socket {
    // Only the native dialect has streams.
    const hasStreams = this.#isSupported && new URL(url).pathname.endsWith('/ws');
    if (!hasStreams) return this.environment.openSocket(url, handlers, protocols);
    this.#begin(url);
    const stream = new TabStream(this, handlers, protocols);
    this.#streams.add(stream);
    if (!this.#isSuspect) stream.attach();
    else if (this.hub !== undefined) this.#takeOver();
    else this.#steal();
    return stream;
  }

  post(request: StreamRequest): void {
    this.#channel?.postMessage(request);
  }

  remove(stream: TabStream): void {
    this.#streams.delete(stream);
  }

  handleAbandoned(): void {
    this.#isSuspect = true;
  }

  handleSilence(stream: TabStream): void {
    this.#isSuspect = true;
    stream.lose();
    this.#reconnect();
  }

  #begin(url: string): void {
    if (this.#channel === undefined) {
      this.#url = url;
      this.name += ` ${url}`;
      this.#channel = new BroadcastChannel(this.name);
      this.#channel.onmessage = ({ data }: MessageEvent<StreamRequest | typeof ANNOUNCEMENT>) => {
        if (data === ANNOUNCEMENT) this.#follow();
        else this.#serve(data);
      };
      // Frozen tabs neither forward nor take over.
      globalThis.document?.addEventListener('freeze', () => this.#leave());
      globalThis.addEventListener?.('pagehide', () => this.#hint(false));
      // The first tab does not wait for the lock.
      if (!this.#isHinted) this.hub = this.#createHub();
    }
    void this.#queue();
  }

  /** Waits for the lock, which is free when the tab that has the socket closes or crashes. */
  async #queue(): Promise<void> {
    if (this.#isQueued) return;
    this.#isQueued = true;
    const { signal } = this.#leaving;
    const options = this.hub === undefined ? { signal } : { ifAvailable: true };
    let result = 'failed' as 'missed' | 'held' | 'failed';
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      result = lock === null ? 'missed' : 'held';
      return lock === null ? undefined : this.#hold();
    };
    await this.locks.request(this.name, options, hold).catch(() => {});
    this.#isQueued = false;
    if (signal.aborted) return;
    if (result === 'failed') {
      this.#disableSharing();
      return;
    }
    // A tab that takes the lock announces itself; a tab that already had it does not.
    if (result === 'held') this.#closeHub();
    else this.#follow();
    await this.#queue();
  }

  #steal(): void {
    const hold = (): Promise<void> => this.#hold();
    this.locks.request(this.name, { steal: true }, hold).catch(() => this.#closeHub());
  }

  #hold(): Promise<void> {
    this.#hasLock = true;
    this.#hint(true);
    if (this.hub === undefined) this.#takeOver();
    else this.#channel?.postMessage(ANNOUNCEMENT);
    return new Promise((resolve) => {
      this.#releaseLock = resolve;
    });
  }

  #createHub(): StreamHub {
    return new StreamHub(this.#url, () => this.#disableSharing());
  }

  /** Replaces the socket, whichever tab had it. */
  #takeOver(): void {
    this.hub?.close();
    this.hub = this.#createHub();
    this.#channel?.postMessage(ANNOUNCEMENT);
    this.#restart();
  }

  /** Another tab has the socket now. */
  #follow(): void {
    this.#closeHub();
    this.#restart();
  }

  #closeHub(): void {
    this.#hasLock = false;
    this.hub?.close();
    this.hub = undefined;
  }

  /** Begins the streams again; clients whose stream was open catch up. */
  #restart(): void {
    this.#isSuspect = false;
    for (const stream of [...this.#streams]) {
      if (stream.isUpgraded) stream.lose();
      else stream.attach();
    }
    this.#reconnect();
  }

  /** Skips the wait of clients that have just lost their streams: the server is available. */
  #reconnect(): void {
    for (const listener of [...this.#listeners]) listener('online');
  }

  #serve([key, text, protocols]: StreamRequest): void {
    const { hub } = this;
    if (hub === undefined || !this.#hasLock) return;
    if (text !== '+') {
      hub.send(key, text);
      return;
    }
    const channel = new BroadcastChannel(`${this.name} ${key}`);
    const deliver: Deliver = (answer) => channel.postMessage(answer);
    hub.open(key, deliver, protocols);
    // The tab holds this lock while it uses the stream.
    void this.locks.request(`${this.name} ${key}`, () => {
      hub.send(key, '-1001');
      channel.close();
    });
  }

  #leave(): void {
    this.#hint(false);
    for (const stream of [...this.#streams]) stream.lose();
    this.#closeHub();
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#releaseLock();
  }

  /** The clients connect again, each by a socket of its own. */
  #disableSharing(): void {
    this.#isSupported = false;
    this.#leave();
  }

  get #isHinted(): boolean {
    try {
      return localStorage.getItem(HINT_KEY) !== null;
    } catch {
      return true;
    }
  }

  #hint(isPresent: boolean): void {
    if (!this.#hasLock) return;
    try {
      if (isPresent) localStorage.setItem(HINT_KEY, '');
      else localStorage.removeItem(HINT_KEY);
    } catch {
      // Without the hint, a further tab connects twice.
    }
  }
}
