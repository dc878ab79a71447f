/**
 * An observer in its own room that checks the answers of a server whose
 * disk is full: what cannot be done is rejected with the right error, all else works.
 */
import assert from 'node:assert/strict';
import { openNative } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { Account } from './clients.ts';

export class Observer {
  readonly #url: string;
  readonly #room: string;
  readonly #account: Account;
  readonly #writer: TestSocket;
  readonly #reader: TestSocket;
  #roomId = '';
  /** Acknowledged messages, in order. */
  readonly #stored: string[] = [];

  static async open(
    url: string,
    room: string,
    [one, other]: readonly Account[],
  ): Promise<Observer> {
    assert(one !== undefined && other !== undefined);
    const observer = new Observer(url, room, one, other);
    observer.#roomId = await observer.#join(observer.#writer);
    await observer.#join(observer.#reader);
    await observer.#send();
    return observer;
  }

  private constructor(url: string, room: string, one: Account, other: Account) {
    this.#url = url;
    this.#room = room;
    this.#account = other;
    this.#writer = openNative(url, one.token);
    this.#reader = openNative(url, other.token);
  }

  /** Checks a server whose disk is full, and stays full meanwhile. */
  async seeFullDisk(): Promise<void> {
    await until(async () => !(await this.#send()), 'a refusal');
    let ready = await this.#ready();
    await until(async () => {
      ready = await this.#ready();
      return ready.status === 503;
    }, 'the store to be down');
    assert.deepEqual(ready, { status: 503, down: ['store'], retryAfter: '1' });
    assert.equal((await fetch(`${this.#url}/health`)).status, 200);

    // The rejected message may be stored.
    const history = await this.#history();
    assert.deepEqual(history.slice(0, this.#stored.length), this.#stored);
    const newcomer = openNative(this.#url, this.#account.token);
    await this.#join(newcomer);
    newcomer.terminate();
    const roomId = this.#roomId;
    this.#writer.send('user_typing', { roomId, isTyping: true });
    assert.equal((await this.#reader.next('user_typing')).roomId, roomId);
    this.#writer.send('report_activity', { idle: true });
    while ((await this.#reader.next('presence_update')).status !== 'away');
    await this.#choosePresence();
  }

  /** Repeats the rejected commands once there is space. */
  async seeRecovery(): Promise<void> {
    await until(async () => (await this.#ready()).status === 200, 'the store');
    await until(() => this.#send(), 'an acknowledgement');
    assert.deepEqual(await this.#history(), this.#stored);
  }

  leave(): void {
    this.#writer.terminate();
    this.#reader.terminate();
  }

  /** A chosen presence is stored: others see it if it was, and only then. */
  async #choosePresence(): Promise<void> {
    const choice = { status: 'busy', statusText: this.#room };
    const answer = await this.#writer.ask('set_presence', choice);
    if ('code' in answer) assertUnavailable(answer);
    else while ((await this.#reader.next('presence_update')).statusText !== this.#room);
  }

  /** Whether it was stored. A message that was not is sent again by the next call. */
  async #send(): Promise<boolean> {
    const content = `look ${this.#stored.length}`;
    const message = { roomId: this.#roomId, content, clientMessageId: content };
    const answer = await this.#writer.ask('chat_message', message);
    if ('code' in answer) {
      assertUnavailable(answer);
      return false;
    }
    this.#stored.push(content);
    return true;
  }

  async #history(): Promise<string[]> {
    const roomId = this.#roomId;
    const { messages } = await this.#reader.ask('get_history', { roomId, limit: 200 }, 'history');
    return messages.map(({ content }) => content);
  }

  async #join(socket: TestSocket): Promise<string> {
    await socket.next('connection_established');
    const { roomId } = await socket.joinRoom({ roomName: this.#room });
    return roomId;
  }

  async #ready() {
    const answer = await fetch(`${this.#url}/ready`);
    const { down } = (await answer.json()) as { readonly down?: readonly string[] };
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), down };
  }
}

function assertUnavailable({ code, retryAfter }: { code?: unknown; retryAfter?: unknown }): void {
  assert.deepEqual({ code, retryAfter }, { code: 'UNAVAILABLE', retryAfter: 1 });
}
