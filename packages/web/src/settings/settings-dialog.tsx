/** Settings of the user: presence, appearance, notifications, account. Loaded on the first use. */
import { type ReactNode, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { strings } from '../strings.ts';
import {
  applyDensity,
  applyTheme,
  type Density,
  readDensity,
  readTheme,
  storeDensity,
  storeTheme,
  type Theme,
} from '../theme.ts';
import { BlockedPeople } from './blocked-people.tsx';
import { NotificationSettings } from './notification-settings.tsx';
import { PasswordForm } from './password-form.tsx';
import { PresenceForm } from './presence-form.tsx';
import { SessionList } from './session-list.tsx';
import classes from './settings-dialog.module.css';

const DENSITIES: readonly Density[] = ['comfortable', 'compact'];
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export interface SettingsDialogProps {
  readonly onClose: () => void;
  /** @throws {ChatError} The user is still logged in. */
  readonly onLogOut: () => Promise<void>;
}

export default function SettingsDialog({ onClose, onLogOut }: SettingsDialogProps) {
  return (
    <Modal label={strings.settings.title} onClose={onClose}>
      <ModalHeader
        title={strings.settings.title}
        closeName={strings.settings.close}
        onClose={onClose}
      />
      <div className={classes['body']}>
        <Section title={strings.settings.presence}>
          <PresenceForm />
        </Section>
        <Section title={strings.settings.appearance}>
          <ThemeChoice />
          <DensityChoice />
        </Section>
        <Section title={strings.settings.notifications}>
          <NotificationSettings />
        </Section>
        <Section title={strings.settings.blocked}>
          <BlockedPeople />
        </Section>
        <Section title={strings.settings.password}>
          <PasswordForm />
        </Section>
        <Section title={strings.settings.sessions.title}>
          <SessionList />
        </Section>
        <Section title={strings.settings.session}>
          <LogOutButton onLogOut={onLogOut} />
        </Section>
      </div>
    </Modal>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes['section']} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function LogOutButton({ onLogOut }: Pick<SettingsDialogProps, 'onLogOut'>) {
  const [problem, setProblem] = useState<string>();
  const logOut = (): void => {
    onLogOut().catch(() => setProblem(strings.account.logOutFailed));
  };
  return (
    <div className={classes['row']}>
      <Button onClick={logOut}>{strings.palette.commands.log_out}</Button>
      <span role="status">{problem}</span>
    </div>
  );
}

function DensityChoice() {
  const [density, setDensity] = useState(readDensity);
  return (
    <fieldset className={classes['choices']}>
      <legend className="visually-hidden">{strings.settings.density}</legend>
      {DENSITIES.map((each) => (
        <label key={each} className={classes['choice']}>
          <input
            type="radio"
            name="density"
            checked={each === density}
            onChange={() => {
              setDensity(each);
              applyDensity(each);
              storeDensity(each);
            }}
          />
          {strings.settings.densities[each]}
        </label>
      ))}
    </fieldset>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <fieldset className={classes['choices']}>
      <legend className="visually-hidden">{strings.settings.theme}</legend>
      {THEMES.map((each) => (
        <label key={each} className={classes['choice']}>
          <input
            type="radio"
            name="theme"
            checked={each === theme}
            onChange={() => {
              setTheme(each);
              applyTheme(each);
              storeTheme(each);
            }}
          />
          {strings.settings.themes[each]}
        </label>
      ))}
    </fieldset>
  );
}
