/** Cuts a square out of a picture, and sends it to the server. */
import { ChatError } from '@parley/client';
import { type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import type { avatarStrings } from '../strings/avatar.ts';
import classes from './picture-form.module.css';
import { type Crop, MIDDLE, movedBy, squareOf, ZOOM_MAX } from './square-crop.ts';

/** Pixels that are sent: twice as many as the server keeps at most. */
const SIDE = 512;

interface CropDialogProps {
  readonly picture: ImageBitmap;
  readonly texts: Pick<typeof avatarStrings, 'preview' | 'zoom' | 'across' | 'down' | 'problem'> &
    Readonly<Record<'cropTitle' | 'cropText' | 'save', string>>;
  /** @throws {ChatError} The picture is as it was. */
  readonly onSave: (picture: Blob) => Promise<void>;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

export function CropDialog({ picture, texts, onSave, onSaved, onClose }: CropDialogProps) {
  const [crop, setCrop] = useState(MIDDLE);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const { left, top, side } = squareOf(picture, crop);
    context.imageSmoothingQuality = 'high';
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  }, [picture, crop]);
  const drag = ({ buttons, movementX, movementY, currentTarget }: PointerEvent): void => {
    if (buttons !== 1) return;
    const { clientWidth } = currentTarget;
    setCrop((now) =>
      movedBy(picture, now, { x: movementX / clientWidth, y: movementY / clientWidth }),
    );
  };
  return (
    <FormDialog
      title={texts.cropTitle}
      text={texts.cropText}
      submit={texts.save}
      problemOf={texts.problem}
      onSubmit={async () => {
        await onSave(await blobOf(canvas.current));
        onSaved();
      }}
      onClose={onClose}
    >
      <div className={classes['crop']}>
        <canvas
          ref={canvas}
          className={classes['canvas']}
          width={SIDE}
          height={SIDE}
          role="img"
          aria-label={texts.preview}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
        />
        <Slider
          name={texts.zoom}
          value={(crop.zoom - 1) / (ZOOM_MAX - 1)}
          onChange={(share) => setCrop({ ...crop, zoom: 1 + share * (ZOOM_MAX - 1) })}
        />
        {(['across', 'down'] as const).map((field: keyof Crop & ('across' | 'down')) => (
          <Slider
            key={field}
            name={texts[field]}
            value={crop[field]}
            onChange={(share) => setCrop({ ...crop, [field]: share })}
          />
        ))}
      </div>
    </FormDialog>
  );
}

interface SliderProps {
  readonly name: string;
  /** From 0 to 1. */
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Slider({ name, value, onChange }: SliderProps) {
  const id = useId();
  return (
    <div className={classes['slider']}>
      <label htmlFor={id}>{name}</label>
      <input
        id={id}
        type="range"
        min="0"
        max="1"
        step="0.01"
        value={value}
        onChange={({ target }) => onChange(Number(target.value))}
      />
    </div>
  );
}

/** As WebP, or as PNG in browsers that do not write it. @throws {ChatError} */
async function blobOf(canvas: HTMLCanvasElement | null): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => {
    if (canvas === null) resolve(null);
    else canvas.toBlob(resolve, 'image/webp', 0.9);
  });
  if (blob === null) throw new ChatError('VALIDATION_ERROR');
  return blob;
}
