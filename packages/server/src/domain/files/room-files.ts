/** The files of the messages of a room, for those who may read it: by kind, and by words of their names. */
import { ChatError, foldName, type RoomFileKind, type RoomId } from '@parley/protocol';
import type { PlacedFile } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { FilePlace } from '../../ports/file-store.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';

interface RoomFilesDependencies {
  readonly store: Pick<Store, 'accounts' | 'files' | 'rooms'>;
}

interface RoomFilesRequest {
  readonly roomId: RoomId;
  /** Undefined: every kind. */
  readonly kind?: RoomFileKind | undefined;
  /** Words, each of which the name has. */
  readonly q?: string | undefined;
  /** From the page before. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface RoomFilesPage {
  readonly files: readonly { readonly file: PlacedFile; readonly user: User }[];
  /** Continues the list; undefined at its end. */
  readonly cursor: string | undefined;
}

const PAGE_DEFAULT = 50;
/** Files that are compared at once, and how often for one page: a rare name costs no more in a large room. */
const STEP = 500;
const STEPS_MAX = 10;

const CURSOR = /^(\d{1,15})\.([\w-]{1,64})$/;

export class RoomFiles {
  readonly #dependencies: RoomFilesDependencies;

  constructor(dependencies: RoomFilesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A page of the files of a room, those of the latest message first. A page that had to search long
   * may have fewer files than the limit, or none, and a cursor.
   *
   * @throws {ChatError} VALIDATION_ERROR for the cursor; NOT_FOUND, FORBIDDEN, UNAVAILABLE.
   */
  async list(user: Pick<User, 'id'>, request: RoomFilesRequest): Promise<RoomFilesPage> {
    const { roomId, limit = PAGE_DEFAULT } = request;
    const before = request.cursor === undefined ? undefined : parseCursor(request.cursor);
    await findReadable(this.#dependencies, user.id, roomId);
    const { found, last } = await this.#search(request, before, limit);
    const users = await this.#dependencies.store.accounts.listUsers([
      ...new Set(found.map(({ userId }) => userId)),
    ]);
    // Those who have lost access meanwhile get nothing that was stored since.
    await findReadable(this.#dependencies, user.id, roomId);
    const byId = new Map(users.map((each) => [each.id, each]));
    const files = found.flatMap((file) => {
      const uploader = byId.get(file.userId);
      return uploader === undefined ? [] : [{ file, user: uploader }];
    });
    return { files, cursor: last && `${last.sequence}.${last.id}` };
  }

  /** `last` is where the search stopped; undefined if it has come to the end of the room. */
  async #search(
    { roomId, kind, q = '' }: RoomFilesRequest,
    before: FilePlace | undefined,
    limit: number,
  ): Promise<{ readonly found: readonly PlacedFile[]; readonly last: FilePlace | undefined }> {
    const { store } = this.#dependencies;
    const words = foldName(q).split(' ');
    const isAny = kind === undefined && words.join('') === '';
    const step = isAny ? limit + 1 : STEP;
    const found: PlacedFile[] = [];
    let last = before;
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const rows = await store.files.listRoomFiles(roomId, { before: last, limit: step });
      for (const file of rows) {
        if (!isAny && !matches(file, kind, words)) continue;
        if (found.length === limit) return { found, last: found.at(-1) };
        found.push(file);
      }
      if (rows.length < step) return { found, last: undefined };
      last = rows.at(-1);
    }
    return { found, last };
  }
}

function matches(
  { name, type }: PlacedFile,
  kind: RoomFileKind | undefined,
  words: readonly string[],
): boolean {
  if (kind !== undefined && kindOf(type) !== kind) return false;
  const folded = foldName(name);
  return words.every((word) => folded.includes(word));
}

function kindOf(type: string): RoomFileKind {
  if (type.startsWith('image/')) return 'picture';
  return /^(?:audio|video)\//.test(type) ? 'media' : 'document';
}

function parseCursor(text: string): FilePlace {
  const [, sequence, id] = CURSOR.exec(text) ?? [];
  if (id === undefined) {
    const message = "'cursor' must be that of the page before";
    throw new ChatError('VALIDATION_ERROR', { field: 'cursor', message });
  }
  return { sequence: Number(sequence), id };
}
