/** Who has a live session, for the people who meet it. */
import { hostname, userInfo } from 'node:os';
import { sanitizeLine } from '../../core/sanitize.ts';

export interface SessionOwner {
  readonly user: string;
  readonly machine: string;
  readonly pid: number;
  /** Start of the session by that machine's clock, ISO 8601. */
  readonly since: string;
  /** Services that are kept in sync; empty: all of the project. */
  readonly services: readonly string[];
}

function readUser(): string {
  try {
    return userInfo().username;
  } catch {
    // The user has no entry in the system's list, as in many containers.
    return process.env['USER'] ?? '';
  }
}

export const thisOwner = (services: readonly string[], now: Date): SessionOwner => ({
  user: readUser(),
  machine: hostname(),
  pid: process.pid,
  since: now.toISOString(),
  services,
});

/** True if this very process has the session. */
export const isOfThisProcess = ({ machine, pid }: SessionOwner): boolean =>
  machine === hostname() && pid === process.pid;

/** Reads what another process has written; what is missing or of another form is left empty. */
export function parseOwner(text: string | undefined): SessionOwner {
  const empty: SessionOwner = { user: '', machine: '', pid: 0, since: '', services: [] };
  try {
    const parsed = JSON.parse(text ?? '') as Partial<Record<keyof SessionOwner, unknown>> | null;
    const { user, machine, pid, since, services } = parsed ?? {};
    const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
    return {
      user: textOf(user),
      machine: textOf(machine),
      pid: typeof pid === 'number' ? pid : 0,
      since: textOf(since),
      services: Array.isArray(services) ? services.map(textOf) : [],
    };
  } catch {
    return empty;
  }
}

/** `anna on laptop`, as far as it is known. */
const describePerson = ({ user, machine }: Pick<SessionOwner, 'user' | 'machine'>): string =>
  [user === '' ? 'somebody' : user, ...(machine === '' ? [] : ['on', machine])].join(' ');

/** The person who runs this program: `anna on laptop`. */
export const thisPerson = (): string =>
  sanitizeLine(describePerson({ user: readUser(), machine: hostname() }));

/** `anna on laptop, process 4711, since 2026-11-29 14:05 UTC`, as far as it is known. */
export function describeOwner(owner: SessionOwner): string {
  const { pid, since } = owner;
  const process = pid === 0 ? [] : [`process ${pid.toString()}`];
  const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(since);
  const start = time === null ? [] : [`since ${String(time[1])} ${String(time[2])} UTC`];
  return sanitizeLine([describePerson(owner), ...process, ...start].join(', '));
}

/** True if both keep a service in sync. */
export const areOverlapping = (
  one: Pick<SessionOwner, 'services'>,
  other: Pick<SessionOwner, 'services'>,
): boolean =>
  one.services.length === 0 ||
  other.services.length === 0 ||
  one.services.some(service => other.services.includes(service));
