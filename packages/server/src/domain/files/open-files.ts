/** Files of messages, and pictures of users: the feature, opened on the core. */

import type { FileStorage } from '../../ports/file-storage.ts';
import type { PartialFiles } from '../../ports/partial-files.ts';
import type { AccountsFeature } from '../accounts/open-accounts.ts';
import type { Core } from '../core/core.ts';
import { AttachedFiles } from './attached-files.ts';
import { Avatars } from './avatars.ts';
import { FileAccess } from './file-access.ts';
import { collectFiles, collectUnfinished } from './file-collector.ts';
import { ResumableUploads } from './resumable-uploads.ts';
import { RoomFiles } from './room-files.ts';
import { makeDueThumbnails } from './thumbnails.ts';
import { Uploads } from './uploads.ts';

export interface FilesOptions {
  readonly fileStorage: FileStorage;
  readonly partialFiles: PartialFiles;
}

export function openFiles(
  core: Core,
  { profiles }: Pick<AccountsFeature, 'profiles'>,
  { fileStorage, partialFiles }: FilesOptions,
) {
  const { events } = core;
  const collector = collectFiles({ ...core, fileStorage });
  events.on('beginning', 'files', collector.begin);
  events.on('closing', 'files', collector.close);
  // No unit: its files are on this machine.
  const unfinished = collectUnfinished({ ...core, fileStorage, partialFiles });
  events.on('beginning', 'unfinished files', unfinished.begin);
  events.on('closing', 'unfinished files', unfinished.close);
  const thumbnails = makeDueThumbnails({ ...core, fileStorage });
  events.on('beginning', 'thumbnails', thumbnails.begin);
  events.on('closing', 'thumbnails', thumbnails.close);
  const uploads = new Uploads({ ...core, fileStorage, thumbnails });
  return {
    attachedFiles: new AttachedFiles(core),
    services: {
      uploads,
      resumableUploads: new ResumableUploads({ ...core, uploads, partialFiles }),
      avatars: new Avatars({ ...core, profiles, uploads }),
      fileAccess: core.reads.limit(new FileAccess(core), { find: () => 1 }),
      roomFiles: core.reads.limit(new RoomFiles(core), {
        list: (_user, { kind, q }) => (kind === undefined && q === undefined ? 1 : 4),
      }),
      fileStorage,
    },
  };
}

export type FilesFeature = ReturnType<typeof openFiles>;
