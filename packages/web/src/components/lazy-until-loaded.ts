/**
 * Parts of a conversation that are not in the first load. A conversation must work without a
 * server: a load that fails is tried again until it succeeds, and until then the part is missing, in
 * place of an error.
 */
import { type ComponentType, createElement, type FC, lazy } from 'react';

const RETRY_MS = 3_000;

type Load<Part> = () => Promise<{ readonly default: Part }>;

const PARTS: (() => Promise<void>)[] = [];

/** Loaded when it is first shown, in a `Suspense`. Shown at once if it is loaded. */
export function lazyUntilLoaded<Props extends object>(load: Load<ComponentType<Props>>): FC<Props> {
  return partOf(load).Part;
}

/** Loaded with the first conversation, so that it opens at once and also without a server. */
export function conversationPart<Props extends object>(
  load: Load<ComponentType<Props>>,
): FC<Props> {
  const { Part, loadOnce } = partOf(load);
  PARTS.push(loadOnce);
  return Part;
}

/** A part that fails to load is tried again when it is shown. */
export function loadConversationParts(): void {
  for (const load of PARTS) load().catch(() => {});
}

/** A part, and what loads it before it is shown. */
export function partOf<Props extends object>(load: Load<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined;
  const loadOnce = async (): Promise<void> => {
    loaded ??= (await load()).default;
  };
  // Only suspends: without it, a part that is loaded would be missing when it is first rendered.
  const Loading = lazy(async () => {
    await repeat(loadOnce);
    return { default: Part };
  });
  function Part(props: Props) {
    return createElement<Props>(loaded ?? (Loading as ComponentType<Props>), props);
  }
  return { Part, loadOnce };
}

async function repeat(load: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
