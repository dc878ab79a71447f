/** Previews of the links in messages: the feature, opened on the core. */
import type { FileStorage } from '../../ports/file-storage.ts';
import type { LinkFetcher } from '../../ports/link-fetcher.ts';
import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { MessagesFeature } from '../messages/open-messages.ts';
import { repeated } from '../primitives/repeated.ts';
import { LinkPreviews, showPreviews } from './link-previews.ts';
import { PreviewFetches } from './preview-fetches.ts';

export interface PreviewsOptions {
  /** Undefined on a server without previews, and if another process runs the unit. */
  readonly linkFetcher?: LinkFetcher | undefined;
  readonly fileStorage: FileStorage;
}

/** Interval of looking for links that other processes want. */
const SEARCH_MS = 1000;
const SWEEP_MS = 60 * 60 * 1000;
const DELETED_MAX = 500;

export function openPreviews(
  core: Core,
  { history }: Pick<MessagesFeature, 'history'>,
  { linkFetcher, fileStorage }: PreviewsOptions,
) {
  const { events, reads, roomNotices, settings } = core;
  const fetches = settings.linkPreviews
    ? new PreviewFetches({ ...core, linkFetcher, fileStorage })
    : undefined;
  const previews = new LinkPreviews({ ...core, history, fetches });
  roomNotices.on('link-preview', 'link previews', (stream, previewed) => {
    const { messageId, previews: shown } = previewed;
    showPreviews(stream, { messageId, previews: shown });
  });
  if (fetches !== undefined) {
    events.on('stored', 'link previews', (event, _author, committedBy) => {
      if (committedBy === 'own') previews.noteStored(event);
    });
    events.on('closing', 'link previews', () => void fetches.close());
    openUnit(core, fetches);
  }
  return {
    services: {
      linkPreviews: reads.limit(previews, {
        list: (_user, page) => pagesOf(page),
        findPicture: () => 1,
      }),
    },
  };
}

/** The unit. A process that leaves it to another process does not hear its listeners. */
function openUnit(core: Core, fetches: PreviewFetches): void {
  const { clock, events, store } = core;
  const search = repeated(core, SEARCH_MS, async (run) => {
    // A read: an idle server writes nothing.
    while (!run.isClosed && (await store.linkPreviews.hasDuePreview(clock.nowMs()))) {
      if (!(await fetches.fetchDue())) return;
    }
  });
  const sweep = repeated(core, SWEEP_MS, async (run) => {
    let deleted: number;
    do deleted = await store.linkPreviews.deletePreviews(clock.nowMs(), DELETED_MAX);
    while (deleted === DELETED_MAX && !run.isClosed);
  });
  events.on('beginning', 'previews', () => {
    search.begin();
    sweep.begin();
  });
  events.on('closing', 'previews', () => {
    search.close();
    sweep.close();
  });
}
