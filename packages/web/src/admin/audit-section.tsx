/** The audit log: who did what to whom, filtered by actor and action, in pages. */
import { type AuditAction, type AuditEntry, ChatError, listAudit } from '@parley/client';
import { type FormEvent, Fragment, useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { absoluteTime } from '../format-time.ts';
import { auditStrings as texts } from '../strings/audit.ts';
import { strings } from '../strings/strings.ts';
import classes from './admin-page.module.css';
import { detailsOf, isId } from './audit-detail.ts';

interface Filter {
  readonly actor: string;
  readonly action: AuditAction | undefined;
}

interface Shown {
  readonly entries: readonly AuditEntry[];
  readonly next: string | undefined;
}

const NOTHING: Filter = { actor: '', action: undefined };
// The keys of the table are the actions.
const ACTIONS = Object.keys(texts.actions) as AuditAction[];

export function AuditSection() {
  const { client } = useChat();
  const [actor, setActor] = useState('');
  const [filter, setFilter] = useState(NOTHING);
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<string>();
  /** The request whose answer is shown last. */
  const request = useRef(0);

  const load = async (wanted: Filter, former?: Shown): Promise<void> => {
    request.current += 1;
    const current = request.current;
    try {
      const page = await listAudit(client, { ...wanted, after: former?.next });
      if (current !== request.current) return;
      setShown({ entries: [...(former?.entries ?? []), ...page.entries], next: page.next });
      setProblem(undefined);
    } catch (error) {
      if (current !== request.current) return;
      const { code } = ChatError.from(error);
      if (code === 'NOT_FOUND') setShown(undefined);
      setProblem(code === 'NOT_FOUND' ? texts.unknownActor : strings.error(code));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the filter only
  useEffect(() => {
    void load(filter);
    return () => {
      request.current += 1;
    };
  }, [client, filter]);

  const search = (event: FormEvent): void => {
    event.preventDefault();
    setFilter({ ...filter, actor: actor.trim().replace(/^@/, '') });
  };
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <form className={classes['form']} noValidate onSubmit={search}>
        <TextField
          label={texts.actor}
          hint={texts.actorHint}
          type="search"
          value={actor}
          maxLength={80}
          onChange={({ target }) => setActor(target.value)}
        />
        <label className={classes['filter']}>
          {texts.action}
          <select
            className={classes['role']}
            value={filter.action ?? ''}
            onChange={({ target }) =>
              setFilter({ ...filter, action: ACTIONS.find((each) => each === target.value) })
            }
          >
            <option value="">{texts.anyAction}</option>
            {ACTIONS.map((each) => (
              <option key={each} value={each}>
                {texts.actions[each]}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit">{texts.show}</Button>
      </form>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {shown !== undefined && shown.entries.length === 0 && <p>{texts.none}</p>}
      {shown !== undefined && shown.entries.length > 0 && (
        <ol aria-label={texts.title}>
          {shown.entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {shown?.next !== undefined && (
        <Button onClick={() => void load(filter, shown)}>{texts.more}</Button>
      )}
    </section>
  );
}

function EntryRow({ entry }: { readonly entry: AuditEntry }) {
  const { id, at, actor, actorName = actor, action, target, targetName = target } = entry;
  const label = (texts.actions as Readonly<Record<string, string>>)[action] ?? action;
  return (
    <li className={classes['invite']}>
      <span className={classes['name']}>
        <span>
          <bdi>{actorName}</bdi>
          {`: ${label}`}
          {target !== actor && !isId(targetName) && (
            <>
              {' · '}
              <bdi>{targetName}</bdi>
            </>
          )}
          {detailsOf(entry).map((about) => (
            <Fragment key={about}>
              {' · '}
              <bdi>{about}</bdi>
            </Fragment>
          ))}
        </span>
        <small className={classes['note']}>
          <time dateTime={at}>{absoluteTime(Date.parse(at))}</time>
          {entry.address !== '' && ` · ${entry.address}`}
          {` · ${texts.entry(id)}`}
        </small>
      </span>
    </li>
  );
}
