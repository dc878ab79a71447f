/** The plus of a message box: chooses files, or records a voice where the browser can. */
import { Suspense, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { Menu } from '../components/menu.tsx';
import type { DraftKey } from '../drafts/draft-storage.ts';
import { strings } from '../strings/strings.ts';
import type { EndRecording } from './attached.ts';
import { useDraftUploads } from './draft-uploads.ts';
import { recordedType } from './recorded-type.ts';

const VoiceRecorder = lazyUntilLoaded(() => import('./voice-recorder.tsx'));

/** Outside of the first load. */
const TEXTS = {
  files: 'Files…',
  voice: 'Voice recording…',
} as const;

interface AddFilesProps {
  readonly place: DraftKey;
  readonly onAdded: () => void;
  /** Undefined: what was recorded is among the files, or was discarded. */
  readonly onRecording: (end: EndRecording | undefined) => void;
}

export default function AddFiles({ place, onAdded, onRecording }: AddFilesProps) {
  const uploads = useDraftUploads();
  const [open, setOpen] = useState<'menu' | 'recorder'>();
  const picker = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const canRecord = recordedType() !== undefined;
  const choose = (): void => picker.current?.click();
  const close = (): void => setOpen(undefined);
  return (
    <>
      <IconButton
        ref={opener}
        icon="join"
        name={strings.composer.files}
        aria-haspopup={canRecord ? 'menu' : undefined}
        aria-expanded={canRecord ? open !== undefined : undefined}
        onClick={() => (canRecord ? setOpen('menu') : choose())}
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // The same file can be chosen again.
          target.value = '';
          uploads.add(place, files);
          onAdded();
        }}
      />
      {open === 'menu' && (
        <Menu
          name={strings.composer.files}
          opener={opener}
          onClose={close}
          items={[
            { icon: 'draft', name: TEXTS.files, onSelect: choose },
            { icon: 'voice', name: TEXTS.voice, onSelect: () => setOpen('recorder') },
          ]}
        />
      )}
      {open === 'recorder' && (
        <Suspense>
          <VoiceRecorder
            opener={opener}
            onClose={close}
            onBegin={(end) => onRecording(() => end().then(() => uploads.attachments(place, true)))}
            onEnd={(file) => {
              if (file !== undefined) {
                uploads.add(place, [file]);
                onAdded();
              }
              onRecording(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
