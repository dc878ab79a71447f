/** Name and logo of the server: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { FilesFeature } from '../files/open-files.ts';
import { ServerProfiles } from './server-profiles.ts';

export function openServerProfile(core: Core, { services: { uploads } }: FilesFeature) {
  return { services: { serverProfiles: new ServerProfiles({ ...core, uploads }) } };
}
