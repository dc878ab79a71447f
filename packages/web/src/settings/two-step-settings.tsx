/** Two-step sign-in: set up with an authenticator app, and turned off. */
import {
  type ChatClient,
  ChatError,
  confirmSecondFactor,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
  startSecondFactor,
} from '@parley/client';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { copyText } from '../copy-text.ts';
import { withProof } from '../proof/with-proof.ts';
import { twoStepStrings as texts } from '../strings/two-step.ts';
import { SavedForm } from './saved-form.tsx';
import classes from './two-step-settings.module.css';

const QrCode = lazy(() => import('./qr-code.tsx'));

type Step =
  | { readonly kind: 'loading' }
  | { readonly kind: 'off' }
  | { readonly kind: 'scan'; readonly secret: string; readonly uri: string }
  | { readonly kind: 'codes'; readonly codes: readonly string[]; readonly areNew?: boolean }
  | { readonly kind: 'on'; readonly left: number }
  | { readonly kind: 'turning off'; readonly left: number };

export function TwoStepSettings() {
  return <TwoStepSteps client={useChat().client} />;
}

/** Each step replaces the one before; focus goes to its first field or button. */
export function TwoStepSteps({
  client,
  onStep,
}: {
  readonly client: ChatClient;
  /** Called when a step is shown. */
  readonly onStep?: (kind: Step['kind']) => void;
}) {
  const [step, setStep] = useState<Step>({ kind: 'loading' });
  const [problem, setProblem] = useState<string>();
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<Step['kind']>('loading');
  const onStepNow = useRef(onStep);
  onStepNow.current = onStep;

  useEffect(() => {
    let isCurrent = true;
    readSecondFactor(client).then(
      ({ enabled, recoveryCodes: left }) => {
        if (isCurrent) setStep(enabled ? { kind: 'on', left } : { kind: 'off' });
      },
      (error: unknown) => {
        const { code, details } = ChatError.from(error);
        if (isCurrent) setProblem(texts.problem(code, details));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [client]);
  useEffect(() => {
    // Not when the settings open.
    if (shown.current !== 'loading' && shown.current !== step.kind) {
      place.current?.querySelector<HTMLElement>('input, button')?.focus();
    }
    shown.current = step.kind;
    onStepNow.current?.(step.kind);
  }, [step]);

  const take = async (request: () => Promise<Step>): Promise<void> => {
    setProblem(undefined);
    try {
      setStep(await withProof(client, request));
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setProblem(texts.problem(code, details));
    }
  };
  const turnOn = () => take(async () => ({ kind: 'scan', ...(await startSecondFactor(client)) }));
  const renew = () =>
    take(async () => ({ kind: 'codes', codes: await renewRecoveryCodes(client), areNew: true }));
  const off = () => setStep({ kind: 'off' });

  return (
    <div ref={place} className={classes['step']}>
      {step.kind === 'off' && (
        <>
          <p>{texts.off}</p>
          <Button onClick={() => void turnOn()}>{texts.turnOn}</Button>
        </>
      )}
      {step.kind === 'scan' && (
        <ScanStep
          {...step}
          onCode={async (code) => {
            setStep({ kind: 'codes', codes: await confirmSecondFactor(client, code) });
          }}
          onCancel={off}
        />
      )}
      {step.kind === 'codes' && (
        <RecoveryCodes {...step} onSaved={() => setStep({ kind: 'on', left: step.codes.length })} />
      )}
      {step.kind === 'on' && (
        <>
          <p>{texts.on(step.left)}</p>
          <div className={classes['row']}>
            <Button onClick={() => void renew()}>{texts.newCodes}</Button>
            <Button onClick={() => setStep({ ...step, kind: 'turning off' })}>
              {texts.turnOff}
            </Button>
          </div>
        </>
      )}
      {step.kind === 'turning off' && (
        <TurnOffStep
          onProof={async (proof) => {
            await removeSecondFactor(client, proof);
            off();
          }}
          onCancel={() => setStep({ ...step, kind: 'on' })}
        />
      )}
      <p role="status">{problem}</p>
    </div>
  );
}

interface Cancelled {
  readonly onCancel: () => void;
}

function ScanStep(
  props: Cancelled & {
    readonly secret: string;
    readonly uri: string;
    readonly onCode: (code: string) => Promise<void>;
  },
) {
  const [code, setCode] = useState('');
  return (
    <SavedForm
      submit={texts.confirm}
      problemOf={texts.problem}
      onSubmit={() => props.onCode(code)}
      other={<Button onClick={props.onCancel}>{texts.cancel}</Button>}
    >
      <p>{texts.scan}</p>
      <div className={classes['qr-place']}>
        <Suspense>
          <QrCode text={props.uri} name={texts.qrCode} />
        </Suspense>
      </div>
      <p>
        {texts.key}: <span className={classes['key']}>{inGroups(props.secret)}</span>
      </p>
      <CodeField label={texts.code} value={code} onValue={setCode} />
    </SavedForm>
  );
}

function RecoveryCodes({
  codes,
  areNew = false,
  onSaved,
}: {
  readonly codes: readonly string[];
  /** In place of others. */
  readonly areNew?: boolean;
  readonly onSaved: () => void;
}) {
  const [result, setResult] = useState<string>();
  const text = `${codes.join('\n')}\n`;
  return (
    <>
      {areNew && <p>{texts.newCodesText}</p>}
      <p>{texts.recoveryText}</p>
      <ul className={classes['codes']} aria-label={texts.recoveryCodes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={classes['row']}>
        <Button
          onClick={async () => setResult((await copyText(text)) ? texts.copied : texts.notCopied)}
        >
          {texts.copy}
        </Button>
        <Button onClick={() => save(text)}>{texts.download}</Button>
        <Button kind="primary" onClick={onSaved}>
          {texts.saved}
        </Button>
        <span role="status">{result}</span>
      </div>
    </>
  );
}

function TurnOffStep({
  onProof,
  onCancel,
}: Cancelled & {
  readonly onProof: (proof: { password: string; code: string }) => Promise<void>;
}) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <SavedForm
      submit={texts.turnOff}
      problemOf={texts.problem}
      onSubmit={() => onProof({ password, code })}
      other={<Button onClick={onCancel}>{texts.cancel}</Button>}
    >
      <PasswordField value={password} onValue={setPassword} />
      <CodeField label={texts.anyCode} value={code} onValue={setCode} />
    </SavedForm>
  );
}

interface ValueProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function PasswordField({ value, onValue }: ValueProps) {
  return (
    <TextField
      label={texts.password}
      type="password"
      autoComplete="current-password"
      value={value}
      onChange={({ target }) => onValue(target.value)}
    />
  );
}

function CodeField({ label, value, onValue }: ValueProps & { readonly label: string }) {
  return (
    <TextField
      label={label}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      value={value}
      onChange={({ target }) => onValue(target.value)}
    />
  );
}

/** As authenticator apps show keys. */
function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}

function save(text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = texts.fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}
