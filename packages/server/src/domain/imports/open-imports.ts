/** Imports of the history of other applications: the feature, opened on the core. */
import type { FileStorage } from '../../ports/file-storage.ts';
import type { HistoryImporter } from '../../ports/history-importer.ts';
import type { Core } from '../core/core.ts';
import type { DirectFeature } from '../direct/open-direct.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { runImports } from './import-runs.ts';

export interface ImportsOptions {
  /** Undefined for a server that imports nothing. */
  readonly historyImporter?: HistoryImporter | undefined;
  readonly fileStorage: FileStorage;
}

export function openImports(
  core: Core,
  { subscriptions, unreadNotifier }: Pick<RoomsFeature, 'subscriptions' | 'unreadNotifier'>,
  { conversations }: Pick<DirectFeature, 'conversations'>,
  { historyImporter, fileStorage }: ImportsOptions,
): void {
  if (historyImporter === undefined) return;
  const imports = runImports({
    ...{ ...core, subscriptions, unreadNotifier, conversations, historyImporter, fileStorage },
  });
  core.events.on('beginning', 'imports', imports.begin);
  core.events.on('closing', 'imports', imports.close);
}
