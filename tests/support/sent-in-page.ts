import type * as Sdk from '@parley/client';
import type { Page } from 'playwright-core';

/** Global of the page. */
declare const client: Sdk.Parley;

/** Texts of the sent messages of a room, as the client in a page has them. */
export function sentIn(page: Page, roomId: string): Promise<string[]> {
  return page.evaluate(
    (id) =>
      client
        .room(id)
        .messages.filter(({ delivery }) => delivery.kind === 'sent')
        .map(({ content }) => content),
    roomId,
  );
}
