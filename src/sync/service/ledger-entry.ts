/** The entry of a name in the ledger of a session. */
import type { Mutable } from '../../core/mutable.ts';
import type { Former } from '../decide/place-targets.ts';

/** A value that may be `undefined` itself: nothing was at the name. */
interface Was {
  readonly former: Former;
}

export type Entry = Mutable<{
  /** Set while the container may differ: what the name was there. */
  readonly dirty: Was | undefined;
  /** Set while the name is being sent: what it was before. */
  readonly sending: Was | undefined;
  /** The time of the first event of what is dirty or being sent. */
  readonly sinceMs: number | undefined;
  /** True if the name was a link at some time since it is dirty: the container may have got that link. */
  readonly wasLink: boolean;
  /** True if its large file was left for a later pass. */
  readonly isLeft: boolean;
  /** True if somebody edited it in this session; false if it was only found to differ. */
  readonly isEdited: boolean;
  /** True if a rule synced it to the container, and no build takes it. */
  readonly isSyncedByRule: boolean;
  /** Set if it changed since the image was built: what it was then. */
  readonly image: Was | undefined;
  /** The same for the image before the build that is running. */
  readonly imageBefore: Was | undefined;
}>;

/** An entry that says nothing. */
export const blank: Entry = {
  dirty: undefined,
  sending: undefined,
  sinceMs: undefined,
  wasLink: false,
  isLeft: false,
  isEdited: false,
  isSyncedByRule: false,
  image: undefined,
  imageBefore: undefined,
};

export const isBlank = (it: Entry): boolean =>
  Object.values(it).every(value => value === undefined || value === false);

/** The name need not be sent. */
export function clean(entry: Entry): void {
  entry.dirty = undefined;
  entry.sinceMs = undefined;
  entry.wasLink = false;
}
