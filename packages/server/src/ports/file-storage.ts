/** The bytes of files. Their names and readers are in the store. */
/** Findings about a file. */
export interface FileContent {
  readonly type: string;
  readonly size: number;
  /** Pixels of a picture as shown. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly hasThumbnail: boolean;
}

type FilePart = 'content' | 'thumbnail';

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

export interface FileStorage {
  /**
   * Receives a file, which stays unfinished until `keep`. Pictures are written again without
   * metadata.
   *
   * @throws {FileTooLarge | StorageFull}
   */
  receive(id: string, body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<FileContent>;
  /** Resolves when a received file is durable under its id. */
  keep(id: string): Promise<void>;
  /** Undefined if there are no such bytes. */
  open(id: string, part: FilePart): Promise<OpenFile | undefined>;
  /** Deletes a file, kept or not, if it exists. */
  delete(id: string): Promise<void>;
  /** Deletes what uploads have left that did not end before a time. */
  deleteUnfinished(beforeMs: number): Promise<void>;
}
