import type { By } from '../model/audit.ts';
import type { ServerProfile } from '../model/server-profile.ts';

/** Name and logo of the server, for all nodes. Changes return whether it was another one before. */
export interface ServerProfileStore {
  readServerProfile(): Promise<ServerProfile>;
  setServerName(name: string | undefined, by: By): Promise<boolean>;
  /**
   * Takes a file of the actor as the logo. It stays as long as it is the logo, and the one before it may
   * be deleted.
   */
  setServerLogo(fileId: string | undefined, by: By): Promise<boolean>;
}
