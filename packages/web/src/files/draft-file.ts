/** Files in a message box, as the drafts keep them: a list in the place of a text. */
import type { UploadedFile } from './upload-form.ts';

export interface DraftFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Description of a picture; may be empty. */
  readonly alt: string;
  /** Where its upload goes on. */
  readonly begun?: string | undefined;
  /** Once its upload has ended. */
  readonly uploaded?: UploadedFile | undefined;
}

/** @param text The draft of `filesKey`. */
export function readDraftFiles(text: string): readonly DraftFile[] {
  // Only the page writes it.
  return text === '' ? [] : (JSON.parse(text) as DraftFile[]);
}

export function writtenFiles(files: readonly DraftFile[]): string {
  return files.length === 0 ? '' : JSON.stringify(files);
}
