/**
 * A worker that draws the first page of one document with PDF.js. It asks the page for the parts of
 * the file that it needs: the server gives it no network (`http/routes/static-routes.ts`).
 */
import {
  AnnotationMode,
  getDocument,
  PDFDataRangeTransport,
  VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
// The half that reads documents, which is found in `globalThis` and therefore runs in this worker, too.
import 'pdfjs-dist/legacy/build/pdf.worker.mjs';

interface Asked {
  readonly size: number;
  readonly width: number;
  readonly height: number;
}

export type ToPdfWorker = Asked | { readonly begin: number; readonly bytes: Uint8Array };
export type FromPdfWorker =
  | { readonly isReady: true }
  | { readonly part: readonly [begin: number, end: number] }
  | { readonly page: ImageBitmap | 'none' };

/** Small documents are read with one request, large ones with a few. */
const PART_BYTES = 2 ** 18;
/** Of a picture in the document, and of a group of its elements. */
const PIXELS_MAX = 2 ** 24;
/** Of all that is unpacked: a few kilobytes can become gigabytes. */
const UNPACKED_BYTES_MAX = 2 ** 29;
const WHITE = 0xffffffff;

class Parts extends PDFDataRangeTransport {
  override requestDataRange(begin: number, end: number): void {
    post({ part: [begin, end] });
  }
}

let unpackedBytes = 0;
// PDF.js has no such limit, and workers have none for their memory: it unpacks into arrays that are counted.
for (const name of ['Uint8Array', 'Uint8ClampedArray'] as const) {
  const counted = new Proxy(globalThis[name], {
    construct: (array, values, target) => {
      if (typeof values[0] === 'number') unpackedBytes += values[0];
      if (unpackedBytes > UNPACKED_BYTES_MAX) throw new Error('The document unpacks to too much');
      return Reflect.construct(array, values, target);
    },
  });
  Object.assign(globalThis, { [name]: counted });
}
// Without it, PDF.js unpacks by itself.
Reflect.deleteProperty(globalThis, 'DecompressionStream');

let parts: Parts | undefined;

self.addEventListener('message', ({ data }: MessageEvent<ToPdfWorker>) => {
  if ('bytes' in data) parts?.onDataRange(data.begin, data.bytes);
  else if ('size' in data) {
    // Broken, encrypted, or more than it may take.
    draw(data).then(
      (page) => post({ page }, page === 'none' ? [] : [page]),
      () => post({ page: 'none' }),
    );
  }
});
post({ isReady: true });

function post(message: FromPdfWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

async function draw({ size, width, height }: Asked): Promise<ImageBitmap | 'none'> {
  parts = new Parts(size, null);
  const { promise } = getDocument({
    range: parts,
    rangeChunkSize: PART_BYTES,
    // Only what the first page needs.
    ...{ disableAutoFetch: true, disableStream: true },
    // Nothing is compiled from a document (PDF.js has had no `eval` since 5.7), or loaded for it.
    ...{ useWasm: false, useWorkerFetch: false, enableXfa: false },
    maxImageSize: PIXELS_MAX,
    // PDF.js needs only the fonts of a document, which are those of this worker.
    ownerDocument: { fonts: (self as unknown as Document).fonts } as HTMLDocument,
    ...{ CanvasFactory, FilterFactory },
    verbosity: VerbosityLevel.ERRORS,
  });
  const page = await (await promise).getPage(1);
  const natural = page.getViewport({ scale: 1 });
  const scale = width / natural.width;
  // Its upper part, or all of it in the middle.
  const offsetY = Math.max(0, (height - scale * natural.height) / 2);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  await page.render({
    canvas: null,
    canvasContext: context as unknown as CanvasRenderingContext2D,
    viewport: page.getViewport({ scale, offsetY }),
    // Neither links nor forms.
    annotationMode: AnnotationMode.DISABLE,
  }).promise;
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  // An empty page tells nothing, and may be one whose content PDF.js could not read.
  return pixels.every((pixel) => pixel === WHITE) ? 'none' : canvas.transferToImageBitmap();
}

interface Surface {
  canvas: OffscreenCanvas | null;
  context: OffscreenCanvasRenderingContext2D | null;
}

/** Canvases without a document. */
class CanvasFactory {
  create(width: number, height: number): Surface {
    if (width * height > PIXELS_MAX) throw new Error('The document needs too many pixels');
    const canvas = new OffscreenCanvas(width, height);
    return { canvas, context: canvas.getContext('2d', { willReadFrequently: true }) };
  }

  reset({ canvas }: Surface, width: number, height: number): void {
    if (width * height > PIXELS_MAX) throw new Error('The document needs too many pixels');
    if (canvas !== null) Object.assign(canvas, { width, height });
  }

  destroy(surface: Surface): void {
    if (surface.canvas !== null) Object.assign(surface.canvas, { width: 0, height: 0 });
    Object.assign(surface, { canvas: null, context: null });
  }
}

/** Filters are elements of a document: a page is drawn without its rare effects. */
class FilterFactory {
  addFilter = none;
  addHCMFilter = none;
  addAlphaFilter = none;
  addLuminosityFilter = none;
  addKnockoutFilter = none;
  addHighlightHCMFilter = none;

  destroy(): void {}
}

function none(): string {
  return 'none';
}
