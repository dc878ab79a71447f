/**
 * Parts of a conversation that are not in the first load. A conversation must work without a
 * server: a load that fails is tried again until it succeeds, and until then the part is missing, in
 * place of an error.
 */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

const RETRY_MS = 3_000;

type Load<Part> = () => Promise<{ readonly default: Part }>;

const PARTS: Load<unknown>[] = [];

/** Loaded when it is first shown, in a `Suspense`. */
// biome-ignore lint/suspicious/noExplicitAny: as in the types of React.
export function lazyUntilLoaded<Part extends ComponentType<any>>(
  load: Load<Part>,
): LazyExoticComponent<Part> {
  return lazy(() => loadAgain(load));
}

/** Loaded with the first conversation, so that it opens at once and also without a server. */
// biome-ignore lint/suspicious/noExplicitAny: as in the types of React.
export function conversationPart<Part extends ComponentType<any>>(
  load: Load<Part>,
): LazyExoticComponent<Part> {
  PARTS.push(load);
  return lazyUntilLoaded(load);
}

/** A part that fails to load is tried again when it is shown. */
export function loadConversationParts(): void {
  for (const load of PARTS) load().catch(() => {});
}

async function loadAgain<Part>(load: Load<Part>): Promise<{ readonly default: Part }> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
