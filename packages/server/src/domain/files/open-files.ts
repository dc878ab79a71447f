/** Files of messages: the feature, opened on the core. */

import type { FileStorage } from '../../ports/file-storage.ts';
import type { Core } from '../core/core.ts';
import { AttachedFiles } from './attached-files.ts';
import { FileAccess } from './file-access.ts';
import { collectFiles } from './file-collector.ts';
import { Uploads } from './uploads.ts';

export interface FilesOptions {
  readonly fileStorage: FileStorage;
}

export function openFiles(core: Core, { fileStorage }: FilesOptions) {
  const { events } = core;
  const collector = collectFiles({ ...core, fileStorage });
  events.on('beginning', 'files', collector.begin);
  events.on('closing', 'files', collector.close);
  return {
    attachedFiles: new AttachedFiles(core),
    services: {
      uploads: new Uploads({ ...core, fileStorage }),
      fileAccess: core.reads.limit(new FileAccess(core), { find: () => 1 }),
      fileStorage,
    },
  };
}

export type FilesFeature = ReturnType<typeof openFiles>;
