/** One page with the hooks, and what it shows of a channel or conversation. */
import type { Locator, Page } from 'playwright-core';

export interface HookMessage {
  readonly key: string;
  readonly status: string;
  readonly id: string;
  readonly sequence: number;
  readonly sender: string;
  readonly read: string;
  readonly text: string;
}

export class HookPage {
  readonly page: Page;
  readonly view: Locator;

  /** @param name The channel, or the other person of the conversation. */
  constructor(page: Page, name: string) {
    this.page = page;
    this.view = page.getByRole('region', { name, exact: true });
  }

  async say(text: string): Promise<void> {
    const box = this.view.getByRole('textbox', { name: 'Message' });
    await box.fill(text);
    await box.press('Enter');
  }

  press(button: string): Promise<void> {
    return this.view.getByRole('button', { name: button }).click();
  }

  /** Waits until this attribute of the view has this value. */
  async is(attribute: string, value: string): Promise<void> {
    await this.view.and(this.page.locator(`[data-${attribute}="${value}"]`)).waitFor();
  }

  isLive(): Promise<void> {
    return this.is('live', 'true');
  }

  /** Waits until this message is shown as stored. */
  async sees(text: string): Promise<void> {
    await this.row(text).and(this.page.locator('[data-status="sent"]')).waitFor();
  }

  row(text: string): Locator {
    return this.view.getByRole('listitem').filter({ hasText: new RegExp(`^${text}$`) });
  }

  shown(): Promise<HookMessage[]> {
    return this.view.getByRole('listitem').evaluateAll((rows) =>
      rows.map((row) => ({
        key: row.getAttribute('data-key') ?? '',
        status: row.getAttribute('data-status') ?? '',
        id: row.getAttribute('data-id') ?? '',
        sequence: Number(row.getAttribute('data-sequence')),
        sender: row.getAttribute('data-sender') ?? '',
        read: row.getAttribute('data-read') ?? '',
        text: row.textContent ?? '',
      })),
    );
  }

  async strings(): Promise<string[]> {
    return (await this.shown()).map(({ text }) => text);
  }
}
