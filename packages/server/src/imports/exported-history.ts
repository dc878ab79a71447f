/** The export of another chat application in terms of this server. Keys are those of the other application. */

export interface ExportedPerson {
  readonly key: string;
  readonly username: string;
  readonly displayName: string;
  readonly email?: string | undefined;
  readonly isBot?: boolean | undefined;
  readonly isGuest?: boolean | undefined;
  /** The account was deactivated there. */
  readonly isDisabled?: boolean | undefined;
}

export interface ExportedRoom {
  readonly key: string;
  readonly kind: 'room' | 'group' | 'direct';
  /** Empty for conversations without one. */
  readonly name: string;
  readonly topic?: string | undefined;
  readonly description?: string | undefined;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly memberKeys: readonly string[];
  /** One of the members; default the first of them. */
  readonly ownerKey?: string | undefined;
}

export interface ExportedMessage {
  readonly key: string;
  readonly roomKey: string;
  readonly authorKey: string;
  readonly atMs: number;
  /** As written there; `ExportedHistory.toMarkdown` translates it. */
  readonly text: string;
  /** The message that it replies to. */
  readonly parentKey?: string | undefined;
  /** The reply is also shown in the room. */
  readonly alsoToRoom?: boolean | undefined;
  readonly isEdited?: boolean | undefined;
  readonly isPinned?: boolean | undefined;
  readonly reactions: readonly { readonly emoji: string; readonly personKey: string }[];
  readonly files: readonly ExportedFile[];
}

export interface ExportedFile {
  readonly name: string;
  /** Where it is in the export; undefined if only its address is known. */
  readonly path?: string | undefined;
  readonly url?: string | undefined;
}

/** A picture that texts and reactions name. */
export interface ExportedEmoji {
  readonly name: string;
  /** Where it is in the export. */
  readonly path: string;
}

/** Names on this server, by the keys of the other application. */
export interface ImportedNames {
  readonly usernameOf: (key: string) => string | undefined;
  readonly roomNameOf: (key: string) => string | undefined;
}

export interface ExportedHistory {
  /** Tells the keys of different installations apart, such as `slack:T012AB3CD`. */
  readonly origin: string;
  readonly people: readonly ExportedPerson[];
  readonly rooms: readonly ExportedRoom[];
  readonly emoji: readonly ExportedEmoji[];
  /** In any order. */
  messages(): AsyncIterable<ExportedMessage>;
  /** The bytes of a file; undefined if the export does not have them. */
  openFile(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  toMarkdown(text: string, names: ImportedNames): string;
  /** Counts of what was left out while it was read, by what it is. */
  readonly leftOut: ReadonlyMap<string, number>;
  close(): void;
}

/** An export that cannot be read. The message is a line for the operator. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Counts what is left out. */
export function count(counts: Map<string, number>, what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}
