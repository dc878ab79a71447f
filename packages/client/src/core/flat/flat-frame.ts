/** Turns the text of one flat frame into a frame, once, at the edge; what a known type carries is the server's promise. */
import { ChatError, type FlatErrorBody, isErrorCode } from '@parley/protocol';
import { detailsOf } from '../http.ts';
import { isRecord, parseJson } from '../json.ts';

/** Undefined for what is no frame at all. */
export function decodeFlatFrame(text: string): { readonly type: string } | undefined {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string'
    ? (value as { readonly type: string })
    : undefined;
}

export function errorOfFrame(frame: FlatErrorBody): ChatError {
  const code = isErrorCode(frame.code) ? frame.code : 'INTERNAL_ERROR';
  return new ChatError(code, detailsOf({ ...frame }));
}
