/** A server with a long room, a user who writes, and browsers of another user. */
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { prepareForTests } from '../../scripts/setup/test-machine.ts';
import { openProfile } from '../../tests/support/browser.ts';
import { addPeople, TestBed } from '../chat/test-bed.ts';
import { fillLongRoom } from '../history/fill.ts';
import { PageProfile } from './page-profile.ts';

const PEOPLE = 10;
const SHORT_ROOM_MESSAGES = 60;

export class PageBed {
  readonly #bed: TestBed;
  readonly #url: string;
  readonly #roomId: string;
  readonly #cookie: string;
  readonly #writer: TestSocket;

  static async open(messages: number): Promise<PageBed> {
    Object.assign(process.env, await prepareForTests());
    const bed = await TestBed.open('sqlite');
    try {
      const people = await bed.fill((store) => addPeople(store, PEOPLE));
      const { roomId } = await bed.fillRows((target) => fillLongRoom(target, people, messages));
      const url = await bed.serve();
      const writer = await (await Account.signUp(url, 'writer')).connect();
      const reader = await Account.signUp(url, 'reader');
      const joining = await reader.connect();
      const short = await writer.joinRoom({ roomName: 'short' });
      await joining.joinRoom({ roomId: short.roomId });
      for (const socket of [writer, joining]) await socket.joinRoom({ roomId });
      for (let index = 0; index < SHORT_ROOM_MESSAGES; index += 1) {
        await writer.sendMessage({ roomId: short.roomId, content: `line ${index}` });
      }
      joining.terminate();
      return new PageBed({ bed, url, roomId, cookie: reader.cookie, writer });
    } catch (error) {
      await bed.close();
      throw error;
    }
  }

  private constructor({ bed, url, roomId, cookie, writer }: PageBedParts) {
    this.#bed = bed;
    this.#url = url;
    this.#roomId = roomId;
    this.#cookie = cookie;
    this.#writer = writer;
  }

  /** A browser without a cache, in which the user is logged in. */
  async openProfile(): Promise<PageProfile> {
    const profile = await openProfile({ viewport: { width: 1440, height: 900 } });
    const [name = '', value = ''] = this.#cookie.split('=');
    await profile.context.addCookies([{ name, value, url: this.#url }]);
    return PageProfile.start(profile, `${this.#url}/app/rooms/${this.#roomId}`);
  }

  /** Writes to the long room. */
  async say(content: string): Promise<void> {
    await this.#writer.sendMessage({ roomId: this.#roomId, content });
  }

  async close(): Promise<void> {
    this.#writer.terminate();
    await this.#bed.close();
  }
}

interface PageBedParts {
  readonly bed: TestBed;
  readonly url: string;
  readonly roomId: string;
  readonly cookie: string;
  readonly writer: TestSocket;
}
