/** The bytes of files. Their names and readers are in the store. */

/** Findings about a file. */
export interface FileContent {
  readonly type: string;
  readonly size: number;
  /** Pixels of a picture or film as shown. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly hasThumbnail: boolean;
  /** Of an attached picture that was decoded. */
  readonly blurHash?: string | undefined;
  /** Its thumbnails are still to be made. */
  readonly awaitsThumbnails?: true;
  /** Of sound and films, if their container tells it. */
  readonly durationMs?: number;
}

/**
 * The content is the last: a file of which it is there is complete. Pictures of users have no `small`
 * one: their thumbnail is small.
 */
export const FILE_PARTS = Object.freeze(['small', 'thumbnail', 'content'] as const);
export type FilePart = (typeof FILE_PARTS)[number];

interface OpenFile {
  readonly size: number;
  /** The bytes from `start` up to and including `end`; closes the file after them. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** The body is longer than allowed. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** The disk has too little space left. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';
}

/** The file cannot be taken as a picture, film or sound. */
export class PictureRefused extends Error {
  override readonly name = 'PictureRefused';
  readonly reason: 'unreadable' | 'damaged' | 'unsupported' | 'costly' | 'busy';

  /**
   * @param reason `unreadable`: it is no picture; `damaged`: it begins as a file of a type from which data
   *   such as its place are removed, and they cannot be; `unsupported`: no picture can be decoded on this server; `costly`: this one takes too
   *   much time or memory; `busy`: too many wait.
   */
  constructor(reason: PictureRefused['reason']) {
    super(reason);
    this.reason = reason;
  }
}

/** The scanner has found something in the file. */
export class FileHarmful extends Error {
  override readonly name = 'FileHarmful';
}

/** The scanner gave no verdict on the file. */
export class FileUnchecked extends Error {
  override readonly name = 'FileUnchecked';
}

/**
 * - `avatar`: the file must be a picture, and is stored as two squares, the smaller as its thumbnail.
 * - `emoji`: the file must be a picture, and is stored small, with its frames.
 * - `preview`: the file must be a picture, and is stored small.
 */
export type FileUse = 'attachment' | 'avatar' | 'emoji' | 'preview';

/** For whom a picture is decoded. */
export interface Decoding {
  /** Users take turns: the id of one. */
  readonly by: string;
  /** Aborted when the result is of no use to a client; its reason is thrown. */
  readonly signal: AbortSignal | undefined;
  /** Called with milliseconds that a process was busy with the picture, also if it was refused. */
  readonly onSpent: (ms: number) => void;
}

export interface FileStorage {
  /**
   * Receives a file, which stays unfinished until `keep`. Pictures are written again without
   * metadata. If there is a scanner, it has found nothing in the file.
   *
   * @throws {FileTooLarge | StorageFull | PictureRefused | FileHarmful | FileUnchecked}
   */
  receive(
    id: string,
    body: AsyncIterable<Uint8Array>,
    limits: {
      readonly bytesMax: number;
      readonly use: FileUse;
      /** Default: for the server itself. */
      readonly decoding?: Decoding;
    },
  ): Promise<FileContent>;
  /**
   * Receives a part of a file as another storage had it, unchanged; it stays unfinished until `keep`.
   *
   * @throws {StorageFull}
   */
  bring(id: string, part: FilePart, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Resolves when a received file is durable under its id. */
  keep(id: string): Promise<void>;
  /**
   * Makes the thumbnails of a kept picture, again if it has any. Resolves with false if there is no such
   * picture; what is deleted meanwhile stays deleted.
   */
  makeThumbnails(id: string): Promise<boolean>;
  /** Undefined if there are no such bytes. */
  open(id: string, part: FilePart): Promise<OpenFile | undefined>;
  /** Deletes a file, kept or not, if it exists. */
  delete(id: string): Promise<void>;
  /** Deletes what uploads have left that did not end before a time. */
  deleteUnfinished(beforeMs: number): Promise<void>;
  /** Ends the processes that decode pictures. */
  close(): void;
}
