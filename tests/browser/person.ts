/** A user of the page, who finds everything by role and name, as a screen reader does. */
import type { Locator, Page } from 'playwright-core';
import { PASSWORD } from '../../packages/server/test/support/account.ts';

/** A message as the page shows it. */
interface ShownMessage {
  readonly id: string;
  readonly sequence: string;
  readonly state: string;
  readonly text: string;
}

/** How a user operates the page; every function must work both ways. */
export interface Hands {
  press(target: Locator): Promise<void>;
  fill(target: Locator, text: string): Promise<void>;
}

export const MOUSE: Hands = {
  press: (target) => target.click(),
  fill: (target, text) => target.fill(text),
};

export const KEYBOARD: Hands = {
  press: async (target) => {
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  fill: async (target, text) => {
    await tabTo(target);
    const { keyboard } = target.page();
    await keyboard.press('ControlOrMeta+A');
    await keyboard.insertText(text);
  },
};

/** More steps than any view has: an element that they do not reach is unreachable. */
const TABS_MAX = 100;

export async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  // Searched once: a search by role and name computes those of the whole page.
  let element = await target.elementHandle();
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    const place = await element?.evaluate((found) =>
      found === document.activeElement ? 'focused' : found.isConnected ? 'elsewhere' : 'replaced',
    );
    if (place === 'focused') return;
    if (place !== 'elsewhere') element = await target.elementHandle();
    await target.page().keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not reach ${target}`);
}

export class Person {
  readonly page: Page;
  readonly name: string;
  readonly hands: Hands;

  constructor(page: Page, name: string, hands: Hands) {
    this.page = page;
    this.name = name;
    this.hands = hands;
  }

  /** Opens the page with a new account that is logged in, without the forms for both. */
  async openWithAccount(url: string): Promise<void> {
    const { request } = this.page.context(); // It has the cookies of the page.
    const options = { data: { username: this.name, password: PASSWORD }, headers: { origin: url } };
    for (const path of ['/register', '/login']) {
      const answer = await request.post(url + path, options);
      if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    }
    await this.page.goto(url);
    await this.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  }

  async register(url: string): Promise<void> {
    await this.page.goto(url);
    await this.signIn('Create account');
  }

  async logIn(url: string): Promise<void> {
    await this.page.goto(url);
    await this.signIn('Log in');
  }

  /** Fills in the form and submits it with one of its two buttons. */
  async signIn(button: 'Log in' | 'Create account'): Promise<void> {
    const title = button === 'Log in' ? 'Log in to Parley' : 'Create your account';
    const heading = this.page.getByRole('heading', { name: /^(Log in to|Create your)/ });
    // The other button only switches the form.
    if ((await heading.textContent()) !== title) await this.press(button);
    await this.hands.fill(this.page.getByRole('textbox', { name: 'Username' }), this.name);
    await this.hands.fill(this.page.getByRole('textbox', { name: 'Password' }), PASSWORD);
    await this.press(button);
    await this.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  }

  /** Opens the page of all rooms, if another one is shown. */
  async browse(): Promise<void> {
    if (await this.roomName.isVisible()) return;
    await this.hands.press(this.page.getByRole('link', { name: 'Find or create a room' }));
    await this.roomName.waitFor();
  }

  async join(room: string): Promise<void> {
    await this.browse();
    await this.hands.fill(this.roomName, room);
    await this.press('Join or create');
    await this.logOf(room).waitFor();
    await this.composer.waitFor();
  }

  /** Loads the page of a person, until it is connected: it sends no first message before. */
  async openPerson(name: string): Promise<void> {
    await this.page.goto(new URL(`/app/people/${name}`, this.page.url()).href);
    await this.page.getByText('This is the start of your conversation').first().waitFor();
  }

  async say(text: string): Promise<void> {
    await this.hands.fill(this.composer, text);
    await this.page.keyboard.press('Enter');
  }

  press(button: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    return this.hands.press(within.getByRole('button', { name: button }));
  }

  messageWith(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  /** Waits until the page shows this message as stored. */
  async sees(text: string): Promise<void> {
    await this.messages.filter({ hasText: text }).and(this.sent).first().waitFor();
  }

  /** All visible messages from top to bottom. */
  async shown(): Promise<ShownMessage[]> {
    const found = await this.messages.evaluateAll((elements) =>
      elements.map((element) => ({
        id: element.getAttribute('data-message-id') ?? '',
        sequence: element.getAttribute('data-sequence') ?? '',
        state: element.getAttribute('data-state') ?? '',
        text: element.querySelector('[dir="auto"]')?.textContent ?? '',
        top: element.getBoundingClientRect().top,
      })),
    );
    return found.sort((a, b) => a.top - b.top).map(({ top: _, ...message }) => message);
  }

  /** Logs out, and confirms it. */
  async logOut(): Promise<void> {
    await this.press('Log out');
    await this.press('Log out', this.page.getByRole('dialog', { name: 'Log out?' }));
    await this.page.getByRole('button', { name: 'Log in' }).waitFor();
  }

  /** Logs out, and confirms that this deletes what is not sent. */
  async logOutAndDelete(): Promise<void> {
    await this.press('Log out');
    await this.press('Log out and delete', this.page.getByRole('dialog'));
  }

  get roomName(): Locator {
    return this.page.getByRole('combobox', { name: 'Room name' });
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message' });
  }

  get messages(): Locator {
    return this.page.getByRole('article');
  }

  get sent(): Locator {
    return this.page.locator('[data-state="sent"]');
  }

  get banner(): Locator {
    return this.page.getByRole('status').filter({ has: this.page.getByRole('timer') });
  }

  /** Ends the membership in the current room. */
  async leave(): Promise<void> {
    await this.choose('Leave room');
    const dialog = this.page.getByRole('dialog', { name: /^Leave / });
    await this.hands.press(dialog.getByRole('button', { name: 'Leave room' }));
    await dialog.waitFor({ state: 'detached' });
  }

  /** Selects an action of the open conversation. */
  async choose(action: string): Promise<void> {
    await this.press('More about this conversation');
    await this.hands.press(this.page.getByRole('menuitem', { name: action }));
  }

  /** A room or person in its list of the left column; with unread messages it stands in another. */
  listed(list: 'Rooms' | 'Other rooms' | 'People', name: string | RegExp): Locator {
    const exact = typeof name === 'string' ? new RegExp(`^${name}\\b`) : name;
    return this.page
      .getByRole('list', { name: new RegExp(`^(?:${list}|Unread)$`) })
      .getByRole('link', { name: exact });
  }

  logWith(person: string): Locator {
    return this.page.getByRole('log', { name: `Messages with ${person}` });
  }

  logOf(room: string): Locator {
    return this.page.getByRole('log', { name: `Messages in ${room}` });
  }
}
