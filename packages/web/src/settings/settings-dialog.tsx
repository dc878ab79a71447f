/** Settings of the user in sections. Loaded on the first use. */

import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { AdminLink } from '../admin/admin-link.tsx';
import { Button } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { plainKey } from '../hooks/plain-key.ts';
import { usePhoneLayout } from '../hooks/use-phone-layout.ts';
import { stepIndex } from '../rooms/room-suggestions.ts';
import { avatarStrings } from '../strings/avatar.ts';
import { deletionStrings } from '../strings/deletion.ts';
import { ownInviteStrings } from '../strings/own-invites.ts';
import { ownProfileStrings } from '../strings/own-profile.ts';
import { paletteStrings } from '../strings/palette.ts';
import { passkeyStrings } from '../strings/passkey.ts';
import { settingsStrings } from '../strings/settings.ts';
import { twoStepStrings } from '../strings/two-step.ts';
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
import { AvatarForm } from './avatar-form.tsx';
import { BlockedPeople } from './blocked-people.tsx';
import { DeleteOwnAccount } from './delete-own-account.tsx';
import { ExportLink } from './export-link.tsx';
import { NameForm } from './name-form.tsx';
import { NotificationSettings } from './notification-settings.tsx';
import { OwnInvites } from './own-invites.tsx';
import { EmailForm, UsernameForm } from './own-profile-forms.tsx';
import { PasskeySettings } from './passkey-settings.tsx';
import { PasswordForm } from './password-form.tsx';
import { PresenceForm } from './presence-form.tsx';
import { PrivacyForm } from './privacy-form.tsx';
import { ProviderSettings } from './provider-settings.tsx';
import { SessionList } from './session-list.tsx';
import classes from './settings-dialog.module.css';
import { TwoStepSettings } from './two-step-settings.tsx';

const DENSITIES: readonly Density[] = ['comfortable', 'compact'];
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

interface SettingsDialogProps {
  readonly onClose: () => void;
  /** Asks first. */
  readonly onLogOut: () => void;
  /** Leaves the page when `end` has ended the session. */
  readonly onLeave: (end: () => Promise<void>) => Promise<void>;
}

type Tab = 'profile' | 'appearance' | 'notifications' | 'people' | 'account';

interface TabName {
  readonly tab: Tab;
}

const TABS: readonly Tab[] = ['profile', 'appearance', 'notifications', 'people', 'account'];
const TAB_ICONS: Readonly<Record<Tab, IconName>> = {
  profile: 'person',
  appearance: 'light',
  notifications: 'bell',
  people: 'people',
  account: 'lock',
};

/** Sections beside their content. On a phone a list of the sections, each a page of its own. */
export default function SettingsDialog({ onClose, onLogOut, onLeave }: SettingsDialogProps) {
  const isPhone = usePhoneLayout();
  const [chosen, setChosen] = useState<Tab | undefined>(isPhone ? undefined : 'profile');
  const current = chosen ?? (isPhone ? undefined : 'profile');
  const isPage = isPhone && current !== undefined;
  const before = useRef(current);
  useLayoutEffect(() => {
    // The button that led here is gone: to the title of a section, and back to its row.
    if (isPage) document.querySelector<HTMLElement>('dialog h1')?.focus();
    else if (isPhone && before.current) document.getElementById(tabId(before.current))?.focus();
    before.current = current;
  }, [isPhone, isPage, current]);
  const onBack = (): void => setChosen(undefined);
  const { back, close, tabs, title } = settingsStrings;
  return (
    <Modal label={title} isWide={true} onClose={isPage ? onBack : onClose}>
      <ModalHeader
        title={isPage ? tabs[current] : title}
        closeName={close}
        onClose={onClose}
        back={isPage ? { name: back, onBack } : undefined}
      />
      <div className={classes['columns']}>
        {isPhone
          ? current === undefined && <PageList onSelect={setChosen} onClose={onClose} />
          : current !== undefined && (
              <div className={classes['tabs']}>
                <TabList current={current} onSelect={setChosen} />
                <AdminLink className={classes['admin']} onFollow={onClose} />
              </div>
            )}
        {/* In the same place for both layouts: a resize keeps what is written. */}
        {current !== undefined && (
          <div
            key={current}
            id={panelId(current)}
            className={classes['body']}
            {...(!isPhone && { role: 'tabpanel', 'aria-labelledby': tabId(current) })}
          >
            <TabContent tab={current} onLogOut={onLogOut} onLeave={onLeave} />
          </div>
        )}
      </div>
    </Modal>
  );
}

function PageList({
  onSelect,
  onClose,
}: Pick<TabListProps, 'onSelect'> & Pick<SettingsDialogProps, 'onClose'>) {
  return (
    <ul className={classes['pages']} aria-label={settingsStrings.sections}>
      {TABS.map((tab) => (
        <li key={tab}>
          <button
            id={tabId(tab)}
            type="button"
            className={classes['page']}
            onClick={() => onSelect(tab)}
          >
            <Icon name={TAB_ICONS[tab]} />
            {settingsStrings.tabs[tab]}
          </button>
        </li>
      ))}
      <AdminLink className={classes['page']} onFollow={onClose} isListItem={true} />
    </ul>
  );
}

interface TabListProps {
  readonly current: Tab;
  readonly onSelect: (tab: Tab) => void;
}

/** The sections beside their content. One tab stop with arrow keys. */
function TabList({ current, onSelect }: TabListProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = plainKey(event);
    const isNext = key === 'ArrowDown' || key === 'ArrowRight';
    const isPrevious = key === 'ArrowUp' || key === 'ArrowLeft';
    if (!isNext && !isPrevious) return;
    event.preventDefault();
    const next = TABS[stepIndex(TABS.length, TABS.indexOf(current), isNext ? 1 : -1)] ?? current;
    onSelect(next);
    document.getElementById(tabId(next))?.focus();
  };
  return (
    <div
      className={classes['tab-list']}
      role="tablist"
      aria-label={settingsStrings.sections}
      onKeyDown={onKeyDown}
    >
      {TABS.map((tab) => (
        <button
          key={tab}
          id={tabId(tab)}
          type="button"
          className={classes['tab']}
          role="tab"
          aria-selected={tab === current}
          aria-controls={tab === current ? panelId(tab) : undefined}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => onSelect(tab)}
        >
          <Icon name={TAB_ICONS[tab]} />
          {settingsStrings.tabs[tab]}
        </button>
      ))}
    </div>
  );
}

function TabContent({ tab, onLogOut, onLeave }: Omit<SettingsDialogProps, 'onClose'> & TabName) {
  switch (tab) {
    case 'profile':
      return (
        <>
          <Section title={avatarStrings.title}>
            <AvatarForm />
          </Section>
          <Section title={settingsStrings.name}>
            <NameForm />
          </Section>
          <Section title={settingsStrings.presence}>
            <PresenceForm />
          </Section>
        </>
      );
    case 'appearance':
      return (
        <>
          <Section title={settingsStrings.theme}>
            <ThemeChoice />
          </Section>
          <Section title={settingsStrings.density}>
            <DensityChoice />
          </Section>
        </>
      );
    case 'notifications':
      return (
        <Section title={settingsStrings.notifications}>
          <NotificationSettings />
        </Section>
      );
    case 'people':
      return (
        <>
          <Section title={settingsStrings.privacy.title}>
            <PrivacyForm />
          </Section>
          <Section title={settingsStrings.blocked}>
            <BlockedPeople />
          </Section>
        </>
      );
    case 'account':
      return (
        <>
          <Section title={ownProfileStrings.username}>
            <UsernameForm />
          </Section>
          <Section title={ownProfileStrings.emailTitle}>
            <EmailForm />
          </Section>
          <Section title={settingsStrings.password}>
            <PasswordForm />
          </Section>
          <Section title={twoStepStrings.title}>
            <TwoStepSettings />
          </Section>
          <Section title={passkeyStrings.title}>
            <PasskeySettings />
          </Section>
          <ProviderSettings />
          <Section title={settingsStrings.sessions.title}>
            <SessionList />
          </Section>
          <Section title={ownInviteStrings.title}>
            <OwnInvites />
          </Section>
          <Section title={settingsStrings.data}>
            <p>{settingsStrings.dataText}</p>
            <ExportLink />
          </Section>
          <Section title={settingsStrings.session}>
            <Button className={classes['log-out']} onClick={onLogOut}>
              {paletteStrings.commands.log_out}
            </Button>
          </Section>
          <Section title={deletionStrings.own.section}>
            <DeleteOwnAccount onLeave={onLeave} />
          </Section>
        </>
      );
  }
}

function tabId(tab: Tab): string {
  return `settings-tab-${tab}`;
}

function panelId(tab: Tab): string {
  return `settings-panel-${tab}`;
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes['section']} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function DensityChoice() {
  const [density, setDensity] = useState(readDensity);
  return (
    <RadioChoice
      title={settingsStrings.density}
      names={settingsStrings.densities}
      values={DENSITIES}
      current={density}
      onChoose={(chosen) => {
        setDensity(chosen);
        applyDensity(chosen);
        storeDensity(chosen);
      }}
    />
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <RadioChoice
      title={settingsStrings.theme}
      names={settingsStrings.themes}
      values={THEMES}
      current={theme}
      onChoose={(chosen) => {
        setTheme(chosen);
        applyTheme(chosen);
        storeTheme(chosen);
      }}
    />
  );
}
